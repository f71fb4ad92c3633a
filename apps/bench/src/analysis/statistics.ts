/**
 * Median over runs; a run that missed or diverged counts as infinite and is never dropped. NaN counts as infinite.
 * Infinite when at least half of the runs are. NaN for no runs.
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN
  const sorted = values.map((value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value)).sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** A number over the seeds of a row: `null` is infinite (missed, diverged) or unknown. */
export interface Statistic {
  readonly median: number | null
  readonly values: readonly (number | null)[]
}

export const finiteOrNull = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isFinite(value) ? value : null

/** Statistic of values in which `null` counts as infinite. */
export function statistic(values: readonly (number | null)[]): Statistic {
  const numbers = values.map((value) => value ?? Number.POSITIVE_INFINITY)
  return { median: finiteOrNull(median(numbers)), values: values.map(finiteOrNull) }
}

/** Statistic of values in which `null` means that there is nothing to say: those are left out of the median. */
export function statisticOfKnown(values: readonly (number | null)[]): Statistic {
  const known = values.filter((value) => value !== null)
  return { median: known.length === 0 ? null : finiteOrNull(median(known)), values: values.map(finiteOrNull) }
}
