import { defaultRow, targetRow } from '../headline.ts'
import { lossText } from '../numbers.ts'
import { type Frame, type Line, panelSvg } from '../plots.ts'
import type { Report, RowReport } from '../report.ts'
import { lossDomain, targetKey, targetRule } from './evaluation.ts'
import { colors, evaluationCurves, type Figure, medianCurve } from './figure.ts'

/** Height of a label and what the axis takes of the frame. */
const labelHeight = 11.5
const axisHeight = 34

/** Median validation loss of all rows in one plot, the default and tuned Adam in front. */
export function overview(report: Report, rows: readonly RowReport[]): Figure {
  const known = new Map<string, string>([
    [defaultRow, colors.default],
    [targetRow, colors.reference],
  ])
  const ordered = [...rows].sort((a, b) => Number(known.has(a.name)) - Number(known.has(b.name)))
  const curves = ordered.map((row) => {
    const color = known.get(row.name)
    const points = medianCurve(evaluationCurves(report, row, 'loss'))
    return { row, line: { points, color: color ?? colors.faint, width: color ? 2.5 : 1 } }
  })
  const frame: Frame = {
    width: 980,
    height: 340,
    steps: report.settings.steps,
    scale: 'log',
    domain: lossDomain(report, rows),
    marginRight: 180,
  }
  const ends = ordered.map((row) => `${row.title} ends at ${lossText(row.finalLoss.median)}`).join('; ')
  const svg = panelSvg(
    {
      description: `Median validation loss of all rows over steps: ${ends}.`,
      lines: [...curves.map(({ line }) => line), ...endLabels(curves, frame)],
      rules: targetRule(report),
    },
    frame,
  )
  return {
    id: 'overview',
    title: 'Validation loss, all rows',
    caption: 'Median over seeds, logarithmic. A row whose median is not finite ends where it stops being so.',
    legend: [targetKey],
    panels: [{ title: '', cells: rows.flatMap(({ cells }) => cells), svg }],
    wide: true,
  }
}

/** Labels beside the ends of the lines, moved apart where they would overlap: lines of one point, with a label. */
function endLabels(
  curves: readonly { readonly row: RowReport; readonly line: Line }[],
  { domain, height, steps }: Frame,
): readonly Line[] {
  const [low, high] = [Math.log(domain[0]), Math.log(domain[1])]
  const gap = (labelHeight / (height - axisHeight)) * (high - low)
  const placed = curves
    .map(({ row, line }) => {
      const last = line.points.findLast(([, value]) => value !== null)?.[1]
      return { row, line, at: Math.min(high, Math.max(low, last ? Math.log(last) : high)) }
    })
    .sort((a, b) => a.at - b.at)
  // Upwards until nothing overlaps, then down again from the top where that went too far.
  let floor = Number.NEGATIVE_INFINITY
  for (const label of placed) {
    label.at = Math.max(label.at, floor)
    floor = label.at + gap
  }
  let ceiling = high
  for (const label of placed.toReversed()) {
    label.at = Math.min(label.at, ceiling)
    ceiling = label.at - gap
  }
  return placed.map(({ row, line, at }) => ({
    points: [[steps, Math.exp(at)]],
    color: line.color === colors.faint ? colors.quiet : line.color,
    width: 0,
    label: row.title,
  }))
}
