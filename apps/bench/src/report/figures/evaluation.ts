import { lossText } from '../numbers.ts'
import { domainOf, type Frame, type Panel } from '../plots.ts'
import type { Report, RowReport } from '../report.ts'
import {
  colors,
  dashed,
  evaluationCurves,
  type Figure,
  type Key,
  panelsOfRows,
  runKeys,
  small,
  valuesOf,
} from './figure.ts'

/** Losses far above the initial one are cut off: a run that diverges leaves at the top. */
export function lossDomain(report: Report, rows: readonly RowReport[]): readonly [number, number] {
  const curves = rows.flatMap((row) => evaluationCurves(report, row, 'loss'))
  const initial = Math.max(...curves.map((points) => points[0]?.[1] ?? 0))
  return domainOf(
    valuesOf(curves).filter((value) => value !== null && value <= initial * 1.3),
    'log',
    1,
  )
}

export const targetRule = ({ target }: Report): NonNullable<Panel['rules']> =>
  target.loss === null ? [] : [{ y: target.loss, color: colors.target, dash: dashed }]

export const targetKey: Key = { label: 'the target', color: colors.target, dash: dashed }

export function lossFigure(report: Report, rows: readonly RowReport[]): Figure {
  const frame: Frame = { ...small, steps: report.settings.steps, scale: 'log', domain: lossDomain(report, rows) }
  return {
    id: 'loss',
    title: 'Validation loss',
    caption: 'Logarithmic. A run that diverges leaves at the top.',
    legend: [...runKeys, targetKey],
    panels: panelsOfRows(report, rows, (row) => evaluationCurves(report, row, 'loss'), frame, {
      what: 'Validation loss',
      rules: targetRule(report),
      value: (row) => `final ${lossText(row.finalLoss.median)} in the median`,
    }),
  }
}

export function accuracyFigure(report: Report, rows: readonly RowReport[]): Figure | undefined {
  const finals = rows.flatMap(({ finalAccuracy }) => finalAccuracy.median ?? []).sort((a, b) => a - b)
  if (finals.length === 0) return undefined
  const top = Math.min(1, (finals.at(-1) as number) + 0.02)
  const middle = finals[finals.length >> 1] as number
  const frame: Frame = {
    ...small,
    steps: report.settings.steps,
    scale: 'linear',
    domain: [Math.max(0, middle - 4 * (top - middle) - 0.05), top],
    percent: true,
  }
  return {
    id: 'accuracy',
    title: 'Validation accuracy',
    caption: 'The axis begins where most runs differ; what lies below runs along its foot.',
    legend: runKeys,
    panels: panelsOfRows(report, rows, (row) => evaluationCurves(report, row, 'accuracy'), frame, {
      what: 'Validation accuracy',
      value: (row) => `final ${((row.finalAccuracy.median ?? 0) * 100).toFixed(1)} % in the median`,
    }),
  }
}
