import { defaultRow, targetRow } from '../../rows/names.ts'
import { lossText } from '../numbers.ts'
import { type Frame, type Line, panelSvg } from '../plots.ts'
import type { Report, RowReport } from '../report.ts'
import { lossDomain, targetKey, targetRule } from './evaluation.ts'
import { colors, dashed, evaluationCurves, type Figure, type FigurePanel, medianCurve, series } from './figure.ts'

/** Height of a label and what the axis takes of the frame. */
const labelHeight = 11.5
const axisHeight = 34

/** Lines that one plot can hold and a reader tell apart. */
const mostLines = 16

/** Median validation loss of all rows: in one plot, or, where these are too many, in one for each part. */
export const overview = (report: Report, rows: readonly RowReport[]): Figure =>
  rows.length <= mostLines ? together(report, rows) : byPart(report, rows)

/** All rows in one plot, the default and tuned Adam in front. */
function together(report: Report, rows: readonly RowReport[]): Figure {
  const known = new Map<string, string>([
    [defaultRow, colors.default],
    [targetRow, colors.reference],
  ])
  const ordered = [...rows].sort((a, b) => Number(known.has(a.name)) - Number(known.has(b.name)))
  const curves = ordered.map((row): Labelled => {
    const color = known.get(row.name)
    return { row, line: { points: lossCurve(report, row), color: color ?? colors.faint, width: color ? 2.5 : 1 } }
  })
  const frame: Frame = {
    width: 980,
    height: 340,
    steps: report.settings.steps,
    scale: 'log',
    domain: lossDomain(report, rows),
    marginRight: 180,
  }
  return {
    id: 'overview',
    title: 'Validation loss, all rows',
    caption: 'Median over seeds, logarithmic. A row whose median is not finite ends where it stops being so.',
    legend: [targetKey],
    panels: [lossPanel(report, '', curves, frame)],
    size: 'wide',
  }
}

/** One plot for each exchanged part, with the row that its rows are compared with; then the rows that stand alone. */
function byPart(report: Report, rows: readonly RowReport[]): Figure {
  const frame: Frame = {
    width: 510,
    height: 250,
    steps: report.settings.steps,
    scale: 'log',
    domain: lossDomain(report, rows),
    marginRight: 150,
  }
  const panels = groupsOf(rows).map(({ title, reference, others }): FigurePanel => {
    const lines = others.map((row, index): Labelled => {
      const color = series[index % series.length] as string
      const line = { points: lossCurve(report, row), color, width: 1.4 }
      return { row, line: index < series.length ? line : { ...line, dash: dashed } }
    })
    const first: readonly Labelled[] = reference
      ? [{ row: reference, line: { points: lossCurve(report, reference), color: colors.default, width: 2.5 } }]
      : []
    return lossPanel(report, title, [...lines, ...first], frame)
  })
  return {
    id: 'overview',
    title: 'Validation loss, part by part',
    caption:
      'Median over seeds, logarithmic: the rows in which a part is exchanged, and thick the row that they are compared with. A row whose median is not finite ends where it stops being so.',
    legend: [targetKey],
    panels,
    size: 'half',
  }
}

interface Group {
  readonly title: string
  readonly reference: RowReport | undefined
  readonly others: readonly RowReport[]
}

/** Rows that are compared with the same one in the same part; all others beside the default, kind by kind. */
function groupsOf(rows: readonly RowReport[]): readonly Group[] {
  const find = (name: string): RowReport | undefined => rows.find((row) => row.name === name)
  const compared = new Map<string, RowReport[]>()
  for (const row of rows) {
    if (row.change === null) continue
    const title = `${row.change.part}, against ${find(row.change.from)?.title ?? row.change.from}`
    compared.set(title, [...(compared.get(title) ?? []), row])
  }
  const references = new Set([defaultRow, ...rows.flatMap(({ change }) => change?.from ?? [])])
  const alone = rows.filter(({ name, change }) => change === null && !references.has(name))
  const title = ({ kind, name }: RowReport): string => {
    if (kind === 'baseline') return name.endsWith('-default') ? 'baselines, default rates' : 'baselines, tuned rates'
    return kind === 'check' ? 'conditions that must not matter' : 'others'
  }
  return [
    ...[...compared].map(
      ([part, others]): Group => ({ title: part, reference: find(others[0]?.change?.from ?? ''), others }),
    ),
    ...[...new Set(alone.map(title))].map(
      (name): Group => ({
        title: `${name}, against EoS-SGD`,
        reference: find(defaultRow),
        others: alone.filter((row) => title(row) === name),
      }),
    ),
  ]
}

interface Labelled {
  readonly row: RowReport
  readonly line: Line
}

const lossCurve = (report: Report, row: RowReport): Line['points'] => medianCurve(evaluationCurves(report, row, 'loss'))

function lossPanel(report: Report, title: string, curves: readonly Labelled[], frame: Frame): FigurePanel {
  const ends = curves.map(({ row }) => `${row.title} ends at ${lossText(row.finalLoss.median)}`).join('; ')
  const svg = panelSvg(
    {
      description: `Median validation loss over steps${title === '' ? '' : `, ${title}`}: ${ends}.`,
      lines: [...curves.map(({ line }) => line), ...endLabels(curves, frame)],
      rules: targetRule(report),
    },
    frame,
  )
  return { title, cells: curves.flatMap(({ row }) => row.cells), svg }
}

/** Labels beside the ends of the lines, moved apart where they would overlap: lines of one point, with a label. */
function endLabels(curves: readonly Labelled[], { domain, height, steps }: Frame): readonly Line[] {
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
