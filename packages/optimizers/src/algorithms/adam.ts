import { adamDirection } from '../directions/adam.ts'
import type { AdamConstants } from '../directions/adam-moments.ts'
import { type Baseline, type BaselineOptions, baseline } from './baseline.ts'

/**
 * Adam under a rate or a rule; `beta1 = .9`, `beta2 = .999`, `epsilon = 1e-8`.
 *
 * @example adam({ rate: linearDecay({ rate: 2e-3, steps: 1000 }) })
 */
export const adam = (options: BaselineOptions & AdamConstants): Baseline => baseline(adamDirection(options), options)
