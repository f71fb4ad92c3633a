/** A lowest loss below this share of the final one is more than the scatter of evaluations. */
const share = 0.95

/** Whether a run, or the median run of a row, went on beyond its lowest validation loss. `null` is not finite. */
export const overFits = (finalLoss: number | null, bestLoss: number | null): boolean =>
  finalLoss !== null && bestLoss !== null && bestLoss < share * finalLoss
