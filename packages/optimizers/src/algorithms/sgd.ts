import { type HeavyBallOptions, heavyBall } from '../directions/heavy-ball.ts'
import { type NesterovOptions, nesterov } from '../directions/nesterov.ts'
import { type Baseline, type BaselineOptions, baseline } from './baseline.ts'

/** Which momentum {@link sgd} has: heavy ball, or Nesterov's with `nesterov: true`, which has one form only. */
export type MomentumOptions =
  | (HeavyBallOptions & { readonly nesterov?: false })
  | (NesterovOptions & { readonly nesterov: true })

/**
 * SGD with momentum, 0.9 by default: the heavy-ball direction, or Nesterov's, under a rate or a rule.
 *
 * @example sgd({ rate: linearDecay({ rate: 0.05, steps: 1000 }) })
 */
export const sgd = (options: BaselineOptions & MomentumOptions): Baseline =>
  options.nesterov ? baseline(nesterov(options), options) : baseline(heavyBall(options), options)
