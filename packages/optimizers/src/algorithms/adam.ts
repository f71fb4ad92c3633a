import { compose } from '@eos-sgd/core'
import { adamDirection } from '../directions/adam.ts'
import type { AdamConstants } from '../directions/adam-moments.ts'
import { type Baseline, type BaselineOptions, ruleOf } from './sgd.ts'

/**
 * Adam under a rate or a rule; AdamW with `decay: absoluteDecay(...)`.
 *
 * @example adam({ rate: linearDecay({ rate: 2e-3, steps: 1000 }) })
 */
export const adam = ({ beta1, beta2, epsilon, ...options }: BaselineOptions & AdamConstants): Baseline => {
  const constants = Object.fromEntries(
    Object.entries({ beta1, beta2, epsilon }).filter(([, value]) => value !== undefined),
  )
  return compose({ ...options, direction: adamDirection(constants), rate: ruleOf(options.rate) }) as unknown as Baseline
}
