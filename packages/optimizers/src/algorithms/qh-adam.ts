import type { QHAdamConstants } from '../directions/adam-moments.ts'
import { qhAdamDirection } from '../directions/qh-adam.ts'
import { type Baseline, type BaselineOptions, baseline } from './baseline.ts'

/**
 * QHAdam under a rate or a rule; `beta1 = .995`, `beta2 = .999`, `nu1 = .7`, `nu2 = 1`, `epsilon = 1e-8`.
 *
 * @example qhAdam({ rate: linearDecay({ rate: 2e-3, steps: 1000 }) })
 */
export const qhAdam = (options: BaselineOptions & QHAdamConstants): Baseline =>
  baseline(qhAdamDirection(options), options)
