import type { CellSeries } from './series.ts'
import { finiteOrNull, median } from './statistics.ts'

/** When a run first reached the target loss: by batches, and by their summed wall time. */
export interface TimeToTarget {
  readonly steps: number
  readonly seconds: number
}

/** The target of a workload: the median over seeds of the final validation loss of the row that sets it. */
export function targetOf(finalLosses: readonly (number | null)[]): number | null {
  return finiteOrNull(median(finalLosses.map((loss) => loss ?? Number.POSITIVE_INFINITY)))
}

/** The first evaluation at or below the target; `null` for a miss, which counts as infinite. */
export function timeToTarget({ evaluations, steps }: CellSeries, target: number): TimeToTarget | null {
  const reached = evaluations.find(({ loss }) => loss <= target)
  if (!reached) return null
  let seconds = 0
  for (const step of steps) if (step.step <= reached.step) seconds += step.seconds
  return { steps: reached.step, seconds }
}
