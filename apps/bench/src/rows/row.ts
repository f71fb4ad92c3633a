import type { AnyAlgorithm, Task } from '@eos-sgd/core'
import type { RowSpec } from '../matrix/spec.ts'
import type { TunedAlgorithm } from '../tune/tuned-rates.ts'

/** What a person reads of a row. */
export interface RowInfo {
  readonly name: string
  /** For tables and legends: at most 28 characters. */
  readonly title: string
  /** One line. */
  readonly description: string
  readonly kind: RowKind
  /** For rows in which one part is exchanged: which, and in which other row. */
  readonly change?: Change
}

/**
 * `ablation`: the default with something exchanged. `formula`: the rate follows a measured edge. A `check` is the
 * default under conditions that must not matter to it; it is not compared with the default.
 */
export type RowKind = 'default' | 'ablation' | 'formula' | 'baseline' | 'check' | 'plugin'

/** The one part in which a row differs from another. */
export interface Change {
  readonly part: Part
  /** Name of the other row. */
  readonly from: string
}

export type Part =
  | 'direction'
  | 'readout'
  | 'rate rule'
  | 'noise term'
  | 'noise tracker'
  | 'decay'
  | 'boundary'
  | 'estimator'
  | 'cadence'

/** What a row may depend on. */
export interface RowContext {
  readonly workload: string
  readonly steps: number
}

/** An algorithm that is ready to train, with what the bench has to know of it. */
export interface BuiltRow {
  readonly algorithm: AnyAlgorithm
  /** Stability gain of its direction: the momentum-corrected edge is `2/(gain rate)`. */
  readonly gain: number | null
  /** Mean cost of a step in gradients, as its parts declare it; what a direction does beside them is not counted. */
  readonly cost: number
  /** Pieces of a batch that the noise is read between; 1 unless given. */
  readonly microBatches?: number
  /** The task that this row trains: that of the workload unless the row changes the loss. */
  prepare?(task: Task): Task
}

/** An entry of the catalogue. */
export interface Row extends RowInfo {
  /** Which baseline's rate the row takes, and whether the declared one or the tuned one. */
  readonly rate?: { readonly algorithm: TunedAlgorithm; readonly source: 'default' | 'tuned' }
  build(context: RowContext & { readonly spec: RowSpec }): BuiltRow
}
