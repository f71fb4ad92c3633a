import type { ContactConstants } from './plugins.ts'
import type { Json, Scalars } from './state.ts'

/**
 * One request to the device for the batch at hand.
 * - `measure`: gradient, direction and the signals asked for; answers `loss`, `slope = <g, u>`,
 *   `along = <g, u_previous>` and `scale`, and, when named among the signals, `weights = |theta|` and `length = |u|`.
 *   It only proposes new states of direction, estimators and trackers: `accept` commits them and makes this direction
 *   the previous one; after a `restore` nothing of the rejected batch is left.
 * - `observe`: the signals asked for and nothing else, with the last committed direction; commits what it ran.
 * - `probe`: loss at `point - rate * (the proposed direction)`.
 * - `accept`: in this order: mean takes in (params, buffersAfter); decay; `params - rate * direction`; buffers.
 * - `step`: measure and accept fused, for rules that know the rate beforehand; answers `loss` and the signals.
 * - `mark`: trackers remember this moment. `restore`: back to the mean, direction restarted.
 */
export interface Move {
  readonly move: 'measure' | 'observe' | 'probe' | 'accept' | 'step' | 'mark' | 'restore'
  readonly signals?: readonly string[]
  readonly rate?: number
}

/** What a rule or an estimator may know about the direction when it is composed. */
export interface DirectionFacts {
  readonly name: string
  readonly gain?: number
  readonly innerProduct?: boolean
  readonly contact?: ContactConstants
}

/** Decides the rate. One call per batch; pure: yields moves, receives their scalars, returns the next state (JSON). */
export interface RateRule<H> {
  readonly name: string
  readonly version?: number
  /** Signals that some estimator or tracker must provide. */
  readonly needs: readonly string[]
  /** Throws an `EosError` when it cannot steer this direction; called once, when composed. */
  accepts?(direction: DirectionFacts): void
  start(): H
  step(state: H, direction: DirectionFacts): Generator<Move, H, Scalars>
  /** What to show of a state: `rate`, `sharpness`, `phase`, ... */
  report?(state: H): Readonly<Record<string, Json>>
}
