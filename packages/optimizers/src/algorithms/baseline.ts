import {
  type Algorithm,
  type ComposedHost,
  type ComposedState,
  compose,
  type Decay,
  type Direction,
  type RateRule,
  type Readout,
  type State,
} from '@eos-sgd/core'
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

/** The direction under a rate or a rule. */
export function baseline<S extends State>(direction: Direction<S>, options: BaselineOptions): Baseline {
  const { rate } = options
  const rule = typeof rate === 'number' ? (constant(rate) as RateRule<unknown>) : rate
  return compose({ ...options, direction, rate: rule }) as unknown as Baseline
}
