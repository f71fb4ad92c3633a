import { differencesBySeed, type PairedDifference, pairedDifference, type Seeded } from './paired.ts'
import { finiteOrNull } from './statistics.ts'

/** What paired differences say: `higher` or `lower` where all of at least two seeds agree. */
export type Verdict = 'higher' | 'lower' | 'within the spread' | 'one seed'

/** Paired differences with their spread; `null` is infinite, where a run of the two has no value. */
export interface Effect extends PairedDifference {
  readonly least: number | null
  readonly most: number | null
  readonly verdict: Verdict
}

/** Row less reference over the seeds that both have; `undefined` without any. A value of `null` counts as infinite. */
export function effectOf(row: readonly Seeded[], reference: readonly Seeded[]): Effect | undefined {
  const differences = differencesBySeed(row, reference).map(({ difference }) => difference)
  const paired = pairedDifference(row, reference)
  const { length } = differences
  if (length === 0) return undefined
  return {
    ...paired,
    least: finiteOrNull(Math.min(...differences)),
    most: finiteOrNull(Math.max(...differences)),
    verdict:
      length === 1
        ? 'one seed'
        : paired.higher === length
          ? 'higher'
          : paired.lower === length
            ? 'lower'
            : 'within the spread',
  }
}
