import { defaultRow } from '../../rows/names.ts'
import { domainOf, type Frame, panelSvg } from '../plots.ts'
import type { Report, RowReport } from '../report.ts'
import { colors, dashed, type Figure, has, medianCurve, type Points, small, steady, stepCurves } from './figure.ts'

/** Decades that a signed axis shows on either side. */
const decades = 4

/** Gap and progress: signed signals over decades, so linear near 0 and logarithmic beyond. */
export function noiseFigure(report: Report, rows: readonly RowReport[]): Figure | undefined {
  const measured = rows.filter((row) => has(stepCurves(report, row, 'gap')))
  if (measured.length === 0) return undefined
  const [gap, progress] = (['gap', 'progress'] as const).map(
    (name) =>
      (row: RowReport): Points =>
        medianCurve(stepCurves(report, row, name)),
  ) as [(row: RowReport) => Points, (row: RowReport) => Points]
  const values = measured
    .map((row) => steady(report, row))
    .flatMap((row) => [...gap(row), ...progress(row)].map(([, value]) => value))
  const domain = domainOf(values, 'linear', 0.99)
  const constant = 10 ** (Math.ceil(Math.log10(Math.max(...domain.map(Math.abs)))) - decades)
  const frame: Frame = { ...small, steps: report.settings.steps, scale: 'symlog', constant, domain }
  return {
    id: 'noise',
    title: 'Noise signals of the temperature',
    caption:
      'Noise lowers the rate where the gap exceeds a share of the progress. Medians over seeds; linear near 0, logarithmic beyond.',
    legend: [
      { label: 'gap: loss of the iterate less that of the averaged weights, which noise opens', color: colors.row },
      { label: 'progress of the average per doubling of the steps', color: colors.reference, dash: dashed },
    ],
    panels: measured.map((row) => ({
      title: row.title,
      kind: row.kind,
      cells: row.cells,
      svg: panelSvg(
        {
          description: `Gap and progress of ${row.title} over ${report.settings.steps} steps.`,
          lines: [
            { points: progress(row), color: colors.reference, dash: dashed },
            { points: gap(row), color: row.name === defaultRow ? colors.default : colors.row, width: 1.5 },
          ],
          rules: [{ y: 0, color: colors.faint }],
        },
        frame,
      ),
    })),
  }
}
