import {
  type Algorithm,
  type ComposedHost,
  type ComposedState,
  compose,
  type Decay,
  type RateRule,
  type Readout,
  type State,
} from '@eos-sgd/core'
import { type HeavyBallOptions, heavyBall } from '../directions/heavy-ball.ts'
import { constant } from '../rates/schedule.ts'

/** What every baseline may be given beside its direction. */
export interface BaselineOptions {
  /** A number for a constant rate, or any rule. */
  readonly rate: number | RateRule<unknown>
  /** The weights that are evaluated; the current ones by default. */
  readonly readout?: Readout
  readonly decay?: Decay
  /** Largest Euclidean norm of the gradient. */
  readonly clip?: number
}

/** A composed algorithm whose plugins' states are nobody else's business. */
export type Baseline = Algorithm<ComposedState<State, State, State>, ComposedHost<unknown>>

/**
 * SGD with momentum, 0.9 by default: the heavy-ball direction under a rate or a rule.
 *
 * @example sgd({ rate: linearDecay({ rate: 0.05, steps: 1000 }) })
 */
export const sgd = ({ momentum, form, ...options }: BaselineOptions & HeavyBallOptions): Baseline => {
  const direction = heavyBall({ ...(momentum === undefined ? {} : { momentum }), ...(form ? { form } : {}) })
  return compose({ ...options, direction, rate: ruleOf(options.rate) }) as unknown as Baseline
}

export const ruleOf = (rate: number | RateRule<unknown>): RateRule<unknown> =>
  typeof rate === 'number' ? (constant(rate) as RateRule<unknown>) : rate
