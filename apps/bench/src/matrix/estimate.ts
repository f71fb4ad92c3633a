import { median } from '../analysis/statistics.ts'
import type { Cell } from './spec.ts'

/** What is known of a row before it runs. */
export interface RowFacts {
  /** Cost of a step in gradients, as its parts declare it. */
  readonly cost: number
  /** Name of its direction, whose own arithmetic no part declares. */
  readonly direction: string
}

/** A finished cell of an earlier run. */
export interface EarlierCell {
  readonly row: string
  readonly steps: number
  /** Seconds of its process from start to end. */
  readonly wall: number
}

/** What a short run of a row took just now. */
export interface Calibration extends RowFacts {
  readonly title: string
  /** Seconds of a step. */
  readonly step: number
  /** Seconds of a cell before its first step: process, data, compiling. */
  readonly start: number
  /** Seconds of an evaluation. */
  readonly evaluation: number
}

/** How long a cell will take, and where that comes from. */
export interface CellEstimate {
  readonly cell: Cell
  /** `null`: nothing is known. */
  readonly seconds: number | null
  readonly basis: string
}

/**
 * Expected times. A cell takes what finished cells of its row took, the median, in proportion to the steps. Else its
 * steps take what those of a calibrated row took, of the same direction if there is one, in proportion to the declared
 * costs, and start and evaluations what they took there.
 */
export function estimateCells(
  cells: readonly Cell[],
  rows: ReadonlyMap<string, RowFacts>,
  earlier: readonly EarlierCell[],
  calibrations: readonly Calibration[],
): readonly CellEstimate[] {
  return cells.map((cell): CellEstimate => {
    const { row, steps, evaluateEvery } = cell.spec
    const walls = earlier.filter((one) => one.row === row.name).map((one) => (one.wall / one.steps) * steps)
    if (walls.length > 0) return { cell, seconds: median(walls), basis: 'as it took before' }
    const facts = rows.get(row.name)
    const like = calibrations.find(({ direction }) => direction === facts?.direction) ?? calibrations[0]
    if (!facts || !like) return { cell, seconds: null, basis: 'not known' }
    const factor = facts.cost / like.cost
    const evaluations = Math.ceil(steps / evaluateEvery) + 1
    return {
      cell,
      seconds: like.start + steps * like.step * factor + evaluations * like.evaluation,
      basis: Math.abs(factor - 1) < 0.005 ? `steps as of ${like.title}` : `steps ${factor.toFixed(2)} x ${like.title}`,
    }
  })
}

/** Seconds of all cells, so many at a time that do not slow each other down; `null` where one is not known. */
export function totalSeconds(estimates: readonly CellEstimate[], jobs: number): number | null {
  const seconds = estimates.map((one) => one.seconds)
  if (!seconds.every((one) => one !== null)) return null
  return Math.max(seconds.reduce((sum, one) => sum + one, 0) / jobs, ...seconds, 0)
}
