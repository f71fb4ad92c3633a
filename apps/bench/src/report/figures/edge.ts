import { defaultRow } from '../../rows/names.ts'
import { significant } from '../numbers.ts'
import { domainOf, type Frame, panelSvg } from '../plots.ts'
import type { Report, RowReport } from '../report.ts'
import {
  colors,
  dashed,
  dotted,
  type Figure,
  has,
  medianCurve,
  type Points,
  panelsOfRows,
  runKeys,
  small,
  steady,
  stepCurves,
  valuesOf,
} from './figure.ts'

/** Values of the runs that learned something, or of all where none did. */
function axisValues(
  report: Report,
  rows: readonly RowReport[],
  pick: (row: RowReport) => readonly Points[],
): readonly (number | null)[] {
  const values = rows.flatMap((row) => valuesOf(pick(steady(report, row))))
  return values.some((value) => value !== null) ? values : rows.flatMap((row) => valuesOf(pick(row)))
}

export function rateFigure(report: Report, rows: readonly RowReport[]): Figure {
  const pick = (row: RowReport): readonly Points[] => stepCurves(report, row, 'rate')
  const frame: Frame = {
    ...small,
    steps: report.settings.steps,
    scale: 'log',
    domain: domainOf(axisValues(report, rows, pick), 'log', 0.99),
  }
  return {
    id: 'rate',
    title: 'Step size',
    caption: 'The rate eta, logarithmic. Rates of different directions have different units.',
    legend: runKeys,
    panels: panelsOfRows(report, rows, pick, frame, {
      what: 'Step size',
      value: ({ finalRate }) =>
        finalRate.median === null ? 'not known' : `last ${significant(finalRate.median)} in the median`,
    }),
  }
}

/** Sharpness as the rule sees it, and what the rate says is the most that is stable. */
export function sharpnessFigure(report: Report, rows: readonly RowReport[]): Figure | undefined {
  const measured = rows.filter((row) => has(stepCurves(report, row, 'sharpness')))
  if (measured.length === 0) return undefined
  const edge = (row: RowReport, gain: number): Points =>
    medianCurve(stepCurves(report, row, 'rate')).map(([step, rate]) => [step, rate ? 2 / (gain * rate) : null])
  const sharpness = (row: RowReport): Points => medianCurve(stepCurves(report, row, 'sharpness'))
  const frame: Frame = {
    ...small,
    steps: report.settings.steps,
    scale: 'log',
    domain: domainOf(
      axisValues(report, measured, (row) => [sharpness(row), edge(row, 1), edge(row, row.gain ?? 1)]),
      'log',
      0.98,
    ),
  }
  return {
    id: 'sharpness',
    title: 'Sharpness against the edge',
    caption: 'Medians over seeds, logarithmic. Rows that measure no sharpness are left out.',
    legend: [
      { label: 'sharpness in the geometry of the direction, as the rule sees it', color: colors.row },
      { label: 'edge of plain descent, 2/eta', color: colors.edge, dash: dashed },
      { label: 'edge with momentum, 2/(gain eta)', color: colors.edge, dash: dotted },
    ],
    panels: measured.map((row) => ({
      title: row.title,
      kind: row.kind,
      cells: row.cells,
      svg: panelSvg(
        {
          description: `Sharpness of ${row.title} and the edges 2/eta and 2/(gain eta) over ${report.settings.steps} steps.`,
          lines: [
            { points: edge(row, 1), color: colors.edge, dash: dashed },
            ...(row.gain === null ? [] : [{ points: edge(row, row.gain), color: colors.edge, dash: dotted }]),
            { points: sharpness(row), color: row.name === defaultRow ? colors.default : colors.row, width: 1.5 },
          ],
        },
        frame,
      ),
    })),
  }
}

export function varianceFigure(report: Report, rows: readonly RowReport[]): Figure | undefined {
  const pick = (row: RowReport): readonly Points[] => stepCurves(report, row, 'variance')
  const measured = rows.filter((row) => has(pick(row)))
  if (measured.length === 0) return undefined
  const frame: Frame = {
    ...small,
    steps: report.settings.steps,
    scale: 'log',
    domain: domainOf(axisValues(report, measured, pick), 'log', 0.98),
  }
  return {
    id: 'variance',
    title: 'Gradient noise of the formula',
    caption: 'The noise variance sigma squared that rows of the formula measure, logarithmic.',
    legend: runKeys.slice(0, 1),
    panels: panelsOfRows(report, measured, pick, frame, {
      what: 'Noise variance',
      value: ({ cells }) => `cells ${cells.join(', ')}`,
    }),
  }
}
