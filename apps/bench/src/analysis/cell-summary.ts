import type { CellSeries, StepPoint } from './series.ts'
import { finiteOrNull, median } from './statistics.ts'

/** The figures of one training run. `null` is not finite, or unknown. */
export interface CellSummary {
  readonly steps: number
  /** Summed wall time of the training batches: data, programs and host rule. */
  readonly seconds: number
  readonly initialLoss: number | null
  readonly finalLoss: number | null
  readonly bestLoss: number | null
  readonly bestStep: number | null
  readonly finalAccuracy: number | null
  readonly bestAccuracy: number | null
  /** A validation loss that is not finite, or a final one above the initial. */
  readonly diverged: boolean
  readonly rejections: number
  /** Share of `seconds` that measuring curvature and noise took; `null` when every step measures the same. */
  readonly measuringShare: number | null
  /** Rate of the last step. */
  readonly finalRate: number | null
  /** First contact with the edge of stability: its step and the rate that is held from there. */
  readonly contact: { readonly step: number; readonly rate: number } | null
}

export function summarise(series: CellSeries): CellSummary {
  const { evaluations, steps } = series
  const initial = evaluations[0]
  const final = evaluations.at(-1)
  const best = evaluations.reduce<(typeof evaluations)[number] | undefined>(
    (least, next) => (Number.isFinite(next.loss) && (!least || next.loss < least.loss) ? next : least),
    undefined,
  )
  const accuracies = evaluations.map(({ accuracy }) => accuracy).filter((accuracy) => accuracy !== null)
  return {
    steps: steps.length,
    seconds: totalSeconds(steps),
    initialLoss: finiteOrNull(initial?.loss),
    finalLoss: finiteOrNull(final?.loss),
    bestLoss: finiteOrNull(best?.loss),
    bestStep: best?.step ?? null,
    finalAccuracy: finiteOrNull(final?.accuracy),
    bestAccuracy: accuracies.length === 0 ? null : Math.max(...accuracies),
    diverged:
      evaluations.some(({ loss }) => !Number.isFinite(loss)) ||
      (initial !== undefined && final !== undefined && final.loss > initial.loss),
    rejections: series.rejections.length,
    measuringShare: measuringShare(steps),
    finalRate: finiteOrNull(steps.findLast(({ rate }) => rate !== null)?.rate),
    contact: contactOf(steps),
  }
}

const totalSeconds = (steps: readonly StepPoint[]): number => steps.reduce((sum, { seconds }) => sum + seconds, 0)

/**
 * Median time of a measuring step less that of a plain one, times their number, over the total. Plain steps are those
 * that measure the least (usually nothing); each other set of measurements is a kind of its own. 0 when nothing is
 * measured, `null` when every step measures the same, so that there is no plain step to compare with.
 */
export function measuringShare(steps: readonly StepPoint[]): number | null {
  const kinds = new Map<string, number[]>()
  for (const { measured, seconds } of steps) (kinds.get(measured) ?? newKind(kinds, measured)).push(seconds)
  const count = (kind: string): number => (kind === '' ? 0 : kind.split('+').length)
  const [plain, ...measuring] = [...kinds.keys()].sort((a, b) => count(a) - count(b) || (a < b ? -1 : 1))
  if (plain === undefined) return null
  if (measuring.length === 0) return plain === '' ? 0 : null
  const base = median(kinds.get(plain) as number[])
  const extra = measuring.reduce((sum, kind) => {
    const times = kinds.get(kind) as number[]
    return sum + times.length * Math.max(0, median(times) - base)
  }, 0)
  const total = totalSeconds(steps)
  return total > 0 ? extra / total : null
}

function contactOf(steps: readonly StepPoint[]): CellSummary['contact'] {
  const index = steps.findIndex(({ phase }) => phase === 'hold')
  const step = steps[index]
  if (!step || step.rate === null || !steps.slice(0, index).some(({ phase }) => phase === 'ramp')) return null
  return { step: step.step, rate: step.rate }
}

function newKind(kinds: Map<string, number[]>, kind: string): number[] {
  const times: number[] = []
  kinds.set(kind, times)
  return times
}
