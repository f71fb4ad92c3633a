import type { CellSummary } from '../analysis/cell-summary.ts'
import type { PairedDifference } from '../analysis/paired.ts'
import type { Statistic } from '../analysis/statistics.ts'
import type { Hardware } from '../matrix/hardware.ts'
import type { CellSpec } from '../matrix/spec.ts'
import type { Change, RowKind } from '../rows/row.ts'
import type { Claim } from './acceptance.ts'
import type { PartEffect } from './effects.ts'

// The meaning of every field is in docs/report-schema.md; a change of it is a new number here.
export const reportSchema = 'eos-sgd/report@1'

/** What the runs have in common, in words where words are needed. */
export interface Settings {
  readonly workload: string
  /** Data, split, model, initialisation and loss in a sentence. */
  readonly description: string
  readonly model: string
  readonly parameters: number | null
  readonly batch: number
  readonly steps: number
  readonly evaluateEvery: number
  readonly seeds: readonly number[]
  readonly jobs: number
  readonly threads: number
  /** What a second is here. */
  readonly clock: string
}

/** Validation loss that time-to-target aims at. */
export interface Target {
  readonly loss: number | null
  readonly rule: string
  /** The cells whose final losses set it. */
  readonly cells: readonly string[]
}

/** A row of the matrix over its seeds. Values of a statistic are in the order of `cells`. */
export interface RowReport {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly kind: RowKind
  /** The one part that is exchanged, and the row that it is compared with; `null` for rows that differ in more. */
  readonly change: Change | null
  /** As composed: direction, rule, estimators, readout. */
  readonly algorithm: string
  /** Peak rate that was given; `null` where the row finds its own. */
  readonly rate: number | null
  /** Stability gain of the direction: the momentum-corrected edge is `2/(gain eta)`. */
  readonly gain: number | null
  readonly cells: readonly string[]
  readonly failed: readonly string[]
  readonly stepsToTarget: Statistic
  readonly secondsToTarget: Statistic
  readonly reached: number
  readonly finalLoss: Statistic
  readonly bestLoss: Statistic
  /** The step of the lowest validation loss. */
  readonly bestStep: Statistic
  readonly finalAccuracy: Statistic
  readonly bestAccuracy: Statistic
  readonly seconds: Statistic
  readonly measuringShare: Statistic
  readonly finalRate: Statistic
  readonly divergences: number
  readonly rejections: number
  /** Final loss less that of the default, seed by seed; `null` for the default and where there is none. */
  readonly difference: PairedDifference | null
}

/** A training run. */
export interface CellReport {
  readonly id: string
  readonly row: string
  readonly seed: number
  readonly status: 'done' | 'failed' | 'missing'
  readonly spec: CellSpec
  readonly summary?: CellSummary
  readonly toTarget?: { readonly steps: number; readonly seconds: number } | null
  readonly failure?: { readonly reason: string; readonly stderr: string }
}

/** Curves of a cell, thinned out for plots; all arrays of a group have the same length. */
export interface CellCurves {
  readonly evaluations: { readonly step: readonly number[]; readonly loss: Curve; readonly accuracy: Curve }
  readonly steps: {
    readonly step: readonly number[]
    readonly rate: Curve
    readonly sharpness: Curve
    readonly gap: Curve
    readonly progress: Curve
    readonly variance: Curve
  }
}
export type Curve = readonly (number | null)[]

/** Everything about a run folder: `report.json`. */
export interface Report {
  readonly schema: typeof reportSchema
  readonly name: string
  readonly created: string
  readonly commands: Readonly<Record<string, string>>
  /** What it comes to, in plain words, paragraph by paragraph. */
  readonly headline: readonly string[]
  readonly warnings: readonly string[]
  readonly settings: Settings
  readonly target: Target
  readonly hardware: Hardware
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly RowReport[]
  /** What exchanging one part did, where the run has both rows. */
  readonly effects: readonly PartEffect[]
  /** Which part earns what, in words, paragraph by paragraph. */
  readonly earnings: readonly string[]
  /** Stated aims with what was measured, where the run has the rows for it. */
  readonly claims: readonly Claim[]
  readonly cells: readonly CellReport[]
  readonly curves: Readonly<Record<string, CellCurves>>
}
