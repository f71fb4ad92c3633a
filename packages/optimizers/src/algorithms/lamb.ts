import { type LambConstants, lambDirection } from '../directions/lamb.ts'
import { type Baseline, type BaselineOptions, baseline } from './baseline.ts'

/**
 * LAMB under a rate or a rule; `beta1 = .9`, `beta2 = .999`, `epsilon = 1e-6`, `weightDecay = .01`, which is part of
 * the direction. Its rate is a length relative to the weights: about 1e-3 to 1e-1.
 *
 * @example lamb({ rate: linearDecay({ rate: 1e-2, steps: 1000 }) })
 */
export const lamb = (options: Omit<BaselineOptions, 'decay'> & LambConstants): Baseline =>
  baseline(lambDirection(options), options)
