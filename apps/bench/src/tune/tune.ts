import type { CellSummary } from '../analysis/cell-summary.ts'
import type { TunedTrial } from './tuned-rates.ts'

/** How often a grid is extended where the best rate is at its end. */
const mostExtensions = 4

const lossOf = ({ finalLoss }: TunedTrial): number => finalLoss ?? Number.POSITIVE_INFINITY

/** Three significant digits: rates that a person would write. */
const round = (rate: number): number => Number(rate.toPrecision(3))

/** The trial with the lowest final loss; of equal ones the lower rate. `undefined` where none is finite. */
export const bestTrial = (trials: readonly TunedTrial[]): TunedTrial | undefined =>
  [...trials].sort((a, b) => lossOf(a) - lossOf(b) || a.rate - b.rate).find(({ finalLoss }) => finalLoss !== null)

/** The rate to try next: beyond the end of the grid at which the best lies; `undefined` where it lies inside. */
export function extension(trials: readonly TunedTrial[]): number | undefined {
  const rates = trials.map(({ rate }) => rate).sort((a, b) => a - b)
  const best = bestTrial(trials)?.rate ?? rates[0]
  const [first, second] = rates
  const [previous, last] = rates.slice(-2)
  if (best === undefined || first === undefined || last === undefined) return undefined
  if (best === first) return round(second === undefined ? first / 2 : (first * first) / second)
  if (best === last && previous !== undefined) return round((last * last) / previous)
  return undefined
}

/** Tries all rates of a grid, then extends it until the best lies inside. */
export async function tune(
  grid: readonly number[],
  attempt: (rates: readonly number[]) => Promise<readonly { readonly rate: number; readonly summary: CellSummary }[]>,
): Promise<readonly TunedTrial[]> {
  let trials: readonly TunedTrial[] = []
  let next: readonly number[] = grid
  for (let round = 0; round <= mostExtensions && next.length > 0; round++) {
    const found = await attempt(next)
    trials = [...trials, ...found.map(trialOf)].sort((a, b) => a.rate - b.rate)
    const beyond = extension(trials)
    next = beyond === undefined || trials.some(({ rate }) => rate === beyond) ? [] : [beyond]
  }
  return trials
}

const trialOf = ({ rate, summary }: { readonly rate: number; readonly summary: CellSummary }): TunedTrial => ({
  rate,
  finalLoss: summary.finalLoss,
  bestLoss: summary.bestLoss,
  diverged: summary.diverged,
})
