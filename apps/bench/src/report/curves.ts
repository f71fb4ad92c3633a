import type { CellSeries } from '../analysis/series.ts'
import type { CellCurves, Curve } from './report.ts'

/** Points of a curve in a report. */
const mostPoints = 120

/** Every n-th item, with the first and the last. */
export function thin<T>(items: readonly T[], most = mostPoints): readonly T[] {
  if (items.length <= most) return items
  const last = items.length - 1
  return Array.from({ length: most }, (_, i) => items[Math.round((i * last) / (most - 1))] as T)
}

const short = (value: number | null): number | null =>
  value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(4))

/**
 * Curves for plots. Steps keep the latest value of a signal that is measured only now and then, so that thinning out
 * does not lose it.
 */
export function curvesOf({ evaluations, steps }: CellSeries): CellCurves {
  const latest = { sharpness: null, gap: null, progress: null, variance: null } as Record<
    'sharpness' | 'gap' | 'progress' | 'variance',
    number | null
  >
  const filled = steps.map((step) => {
    for (const name of ['sharpness', 'gap', 'progress', 'variance'] as const) latest[name] = step[name] ?? latest[name]
    return { ...step, ...latest }
  })
  const points = thin(filled)
  const curve = (pick: (step: (typeof filled)[number]) => number | null): Curve =>
    points.map((step) => short(pick(step)))
  return {
    evaluations: {
      step: evaluations.map(({ step }) => step),
      loss: evaluations.map(({ loss }) => short(loss)),
      accuracy: evaluations.map(({ accuracy }) => short(accuracy)),
    },
    steps: {
      step: points.map(({ step }) => step),
      rate: curve(({ rate }) => rate),
      sharpness: curve(({ sharpness }) => sharpness),
      gap: curve(({ gap }) => gap),
      progress: curve(({ progress }) => progress),
      variance: curve(({ variance }) => variance),
    },
  }
}
