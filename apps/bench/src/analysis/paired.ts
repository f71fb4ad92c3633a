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

export function pairedDifference(row: readonly Seeded[], reference: readonly Seeded[]): PairedDifference {
  const bySeed = new Map(reference.map(({ seed, value }) => [seed, value ?? Number.POSITIVE_INFINITY]))
  const pairs = row.flatMap(({ seed, value }) => {
    const other = bySeed.get(seed)
    return other === undefined ? [] : [{ seed, mine: value ?? Number.POSITIVE_INFINITY, other }]
  })
  const differences = pairs.map(({ mine, other }) => (mine === other ? 0 : mine - other))
  return {
    seeds: pairs.map(({ seed }) => seed),
    differences: differences.map(finiteOrNull),
    median: finiteOrNull(median(differences)),
    lower: differences.filter((difference) => difference < 0).length,
    higher: differences.filter((difference) => difference > 0).length,
  }
}
