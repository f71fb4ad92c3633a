/** Weight of the newest loss in the averages. */
const newest = 0.05

/** Running statistics of the batch loss, plain JSON. */
export interface LossStatistics {
  /** EMA of the batch loss; null before the first. */
  readonly mean: number | null
  /** EMA of its squared deviation. */
  readonly deviation2: number
}

export const noLosses: LossStatistics = { mean: null, deviation2: 0 }

/** With one more loss; the first sets the mean, and a tenth of itself as deviation. One that is not finite is left out. */
export function withLoss(known: LossStatistics, loss: number): LossStatistics {
  const { mean, deviation2 } = known
  if (!Number.isFinite(loss)) return known
  if (mean === null) return { mean: loss, deviation2: (0.1 * loss) ** 2 }
  return { mean: mean + newest * (loss - mean), deviation2: deviation2 + newest * ((loss - mean) ** 2 - deviation2) }
}

/** Whether a loss lies above `m + 6 sd + |m|/2`. */
export const isOutlier = ({ mean, deviation2 }: LossStatistics, loss: number): boolean =>
  mean !== null && loss > mean + 6 * Math.sqrt(deviation2) + 0.5 * Math.abs(mean)

/** After a rejection the next outlier must lie farther out, so that a run cannot lock up. */
export const afterRejection = ({ mean, deviation2 }: LossStatistics): LossStatistics => ({
  mean,
  deviation2: deviation2 * 1.5,
})
