import { finiteOrNull, median } from './statistics.ts'

/** Differences to a reference row, run by run of the same seed. */
export interface PairedDifference {
  /** Seeds that both rows have. */
  readonly seeds: readonly number[]
  /** Row less reference; positive where the reference is lower. `null` where a run is not finite. */
  readonly differences: readonly (number | null)[]
  readonly median: number | null
  /** Runs in which the row is lower, and in which it is higher; a run that is not finite is the higher one. */
  readonly lower: number
  readonly higher: number
}

/** A value of a run; `null` counts as infinite. */
export interface Seeded {
  readonly seed: number
  readonly value: number | null
}

/** Row less reference for every seed that both have; equal values, two infinite ones too, differ by 0. */
export function differencesBySeed(
  row: readonly Seeded[],
  reference: readonly Seeded[],
): readonly { readonly seed: number; readonly difference: number }[] {
  const bySeed = new Map(reference.map(({ seed, value }) => [seed, value ?? Number.POSITIVE_INFINITY]))
  return row.flatMap(({ seed, value }) => {
    const other = bySeed.get(seed)
    const mine = value ?? Number.POSITIVE_INFINITY
    return other === undefined ? [] : [{ seed, difference: mine === other ? 0 : mine - other }]
  })
}

export function pairedDifference(row: readonly Seeded[], reference: readonly Seeded[]): PairedDifference {
  const pairs = differencesBySeed(row, reference)
  const differences = pairs.map(({ difference }) => difference)
  return {
    seeds: pairs.map(({ seed }) => seed),
    differences: differences.map(finiteOrNull),
    median: finiteOrNull(median(differences)),
    lower: differences.filter((difference) => difference < 0).length,
    higher: differences.filter((difference) => difference > 0).length,
  }
}
