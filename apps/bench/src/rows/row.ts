import type { AnyAlgorithm, Task } from '@eos-sgd/core'
import type { RowSpec } from '../matrix/spec.ts'

/** What a person reads of a row. */
export interface RowInfo {
  readonly name: string
  /** For tables and legends: at most 28 characters. */
  readonly title: string
  /** One line. */
  readonly description: string
  readonly kind: RowKind
}

/** A `check` is the default under conditions that must not matter to it; it is not compared with the default. */
export type RowKind = 'default' | 'ablation' | 'formula' | 'baseline' | 'check' | 'plugin'

/** What a row may depend on. */
export interface RowContext {
  readonly workload: string
  readonly steps: number
}

/** An algorithm that is ready to train, with what the report has to know of it. */
export interface BuiltRow {
  readonly algorithm: AnyAlgorithm
  /** Stability gain of its direction: the momentum-corrected edge is `2/(gain rate)`. */
  readonly gain: number | null
  /** The task that this row trains: that of the workload, but for rows that change the loss. */
  prepare(task: Task): Task
}

/** An entry of the catalogue. */
export interface Row extends RowInfo {
  /** Which baseline's rate the row takes, and whether the declared one or the tuned one. */
  readonly rate?: { readonly algorithm: 'sgd' | 'adam'; readonly source: 'default' | 'tuned' }
  build(context: RowContext & { readonly spec: RowSpec }): BuiltRow
}
