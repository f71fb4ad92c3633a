/** One thing to time: runs once and says how many milliseconds it took. */
export interface Contestant {
  readonly name: string
  once(): Promise<number>
}

/** Times of each contestant in milliseconds, in the order of the rounds. */
export type Times = ReadonlyMap<string, readonly number[]>

/** Runs all contestants in turn, so that a slow minute of the machine hits each alike; the first rounds do not count. */
export async function interleave(contestants: readonly Contestant[], rounds: number, warmUp: number): Promise<Times> {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  for (let round = -warmUp; round < rounds; round++)
    for (const { name, once } of contestants) {
      const time = await once()
      if (round >= 0) times.get(name)?.push(time)
    }
  return times
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted.length % 2 === 1
    ? (sorted[sorted.length >> 1] as number)
    : ((sorted[sorted.length / 2 - 1] as number) + (sorted[sorted.length / 2] as number)) / 2
}

/**
 * Mean time of a step where every so-many-th does more: the median at each place of the period, averaged over the
 * period. `period` is a multiple of all cadences; a slow moment of the machine does not count, a dear step does.
 */
export const cadenceMean = (values: readonly number[], period: number): number => {
  const places = Array.from({ length: period }, (_, place) => median(values.filter((_, i) => i % period === place)))
  return places.reduce((sum, value) => sum + value, 0) / period
}
