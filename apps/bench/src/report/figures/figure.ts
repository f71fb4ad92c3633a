import { defaultRow } from '../../rows/names.ts'
import type { RowKind } from '../../rows/row.ts'
import { type Frame, type Line, type Panel, panelSvg } from '../plots.ts'
import type { CellCurves, Curve, Report, RowReport } from '../report.ts'

/** A figure of the page: a panel for each row, on common axes. */
export interface Figure {
  readonly id: string
  readonly title: string
  readonly caption: string
  readonly legend: readonly Key[]
  readonly panels: readonly FigurePanel[]
  /** How many panels stand beside each other: one, two, or as many as fit in. */
  readonly size?: 'wide' | 'half'
}

/** A panel, and the kind of its row where it is of one. */
export interface FigurePanel {
  readonly title: string
  readonly cells: readonly string[]
  readonly svg: string
  readonly kind?: RowKind
}

/** A line of the legend. */
export interface Key {
  readonly label: string
  readonly color: string
  readonly dash?: string
}

/** Colours are variables of the page, which has a light and a dark set. */
export const colors = {
  default: 'var(--default)',
  row: 'var(--row)',
  reference: 'var(--reference)',
  target: 'var(--target)',
  edge: 'var(--edge)',
  faint: 'var(--faint)',
  quiet: 'var(--quiet)',
} as const

/** Colours of lines that must be told apart; with dashes from the second round on. */
export const series = [1, 2, 3, 4, 5, 6].map((n) => `var(--series-${n})`)

export const dashed = '4 3'
export const dotted = '1.5 2'

/** Size of a panel of a row. */
export const small = { width: 236, height: 150 } as const

/** A curve as points over steps. */
export type Points = readonly (readonly [number, number | null])[]

const zip = (steps: readonly number[], values: Curve): Points =>
  steps.map((step, index) => [step, values[index] ?? null])

/** Median over the runs of a row at each common step; a value that is missing or not finite counts as infinite. */
export function medianCurve(curves: readonly Points[]): Points {
  return (curves[0] ?? []).map(([step], index) => {
    const values = curves.map((curve) => curve[index]?.[1] ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
    const middle = values.length >> 1
    const upper = values[middle] as number
    const value = values.length % 2 ? upper : ((values[middle - 1] as number) + upper) / 2
    return [step, Number.isFinite(value) ? value : null]
  })
}

const curvesOfRow = ({ curves }: Report, row: RowReport): readonly CellCurves[] =>
  row.cells.flatMap((id) => (curves[id] ? [curves[id]] : []))

/** Validation loss or accuracy of every run of a row. */
export const evaluationCurves = (report: Report, row: RowReport, name: 'loss' | 'accuracy'): readonly Points[] =>
  curvesOfRow(report, row).map(({ evaluations }) => zip(evaluations.step, evaluations[name]))

/** A quantity of the steps of every run of a row. */
export const stepCurves = (
  report: Report,
  row: RowReport,
  name: Exclude<keyof CellCurves['steps'], 'step'>,
): readonly Points[] => curvesOfRow(report, row).map(({ steps }) => zip(steps.step, steps[name]))

export const valuesOf = (curves: readonly Points[]): readonly (number | null)[] =>
  curves.flatMap((points) => points.map(([, value]) => value))

export const has = (curves: readonly Points[]): boolean => valuesOf(curves).some((value) => value !== null)

/** A run has learned something when it ends below this share of its initial loss. */
const learned = 0.8

/** A row without the runs that learned nothing: axes are made without these, or they would span a hundred decades. */
export function steady(report: Report, row: RowReport): RowReport {
  const kept = new Set(
    report.cells.flatMap(({ id, summary }) =>
      summary && !summary.diverged && (summary.finalLoss ?? Infinity) < learned * (summary.initialLoss ?? 0)
        ? [id]
        : [],
    ),
  )
  return { ...row, cells: row.cells.filter((id) => kept.has(id)) }
}

const defaultKey: Key = { label: 'the default, median', color: colors.default, dash: dotted }
export const runKeys: readonly Key[] = [{ label: 'every run of the row', color: colors.row }, defaultKey]

/** One panel for each row: its runs, and the median of the default to compare with. */
export function panelsOfRows(
  report: Report,
  rows: readonly RowReport[],
  pick: (row: RowReport) => readonly Points[],
  frame: Frame,
  options: {
    readonly what: string
    readonly rules?: NonNullable<Panel['rules']>
    readonly value: (row: RowReport) => string
  },
): readonly FigurePanel[] {
  const main = report.rows.find(({ name, cells }) => name === defaultRow && cells.length > 0)
  const reference = main ? medianCurve(pick(main)) : []
  return rows.map((row) => {
    const isDefault = row.name === defaultRow
    const runs = pick(row).map((points): Line => ({ points, color: isDefault ? colors.default : colors.row }))
    const beside: Line = { points: reference, color: colors.default, width: 1, dash: dotted }
    const description = `${options.what} of ${row.title} over ${report.settings.steps} steps, ${runs.length} runs: ${options.value(row)}.`
    const lines = isDefault ? runs : [beside, ...runs]
    const svg = panelSvg({ description, lines, rules: options.rules ?? [] }, frame)
    return { title: row.title, kind: row.kind, cells: row.cells, svg }
  })
}
