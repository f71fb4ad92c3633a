import { type Cell, cellOf, type RowSpec } from './spec.ts'

/** What a matrix is the product of. */
export interface MatrixPlan {
  readonly workload: string
  readonly rows: readonly RowSpec[]
  readonly seeds: readonly number[]
  readonly steps: number
  readonly evaluateEvery: number
  readonly threads: number
  readonly versions: Readonly<Record<string, string>>
}

/**
 * Rows x seeds, seed by seed: every row of a seed runs before the next seed, so that rows that are compared run close
 * together in time, and an interrupted matrix has whole seeds.
 */
export function expand({ rows, seeds, ...shared }: MatrixPlan): readonly Cell[] {
  return seeds.flatMap((seed) => rows.map((row) => cellOf({ ...shared, row, seed })))
}
