import { defaultRow, targetRow } from './headline.ts'
import { lossText } from './numbers.ts'
import { domainOf, type Frame, type Line, type Panel, panelSvg } from './plots.ts'
import type { CellCurves, Curve, Report, RowReport } from './report.ts'

/** A figure of the page: a panel for each row, on common axes. */
export interface Figure {
  readonly id: string
  readonly title: string
  /** What the lines are. */
  readonly caption: string
  readonly panels: readonly { readonly title: string; readonly cells: readonly string[]; readonly svg: string }[]
  readonly wide?: boolean
}

/** Colours are variables of the page, which has a light and a dark set. */
export const colors = {
  default: 'var(--default)',
  row: 'var(--row)',
  reference: 'var(--reference)',
  target: 'var(--target)',
  edge: 'var(--edge)',
} as const

type StepCurve = Exclude<keyof CellCurves['steps'], 'step'>
type Points = readonly (readonly [number, number | null])[]

const small = { width: 232, height: 150 } as const

const zip = (steps: readonly number[], values: Curve): Points =>
  steps.map((step, index) => [step, values[index] ?? null])

/** Median over the runs of a row at each common step; a value that is missing or not finite counts as infinite. */
function medianCurve(curves: readonly Points[]): Points {
  const first = curves[0] ?? []
  return first.map(([step], index) => {
    const values = curves.map((curve) => curve[index]?.[1] ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
    const middle = values.length >> 1
    const value =
      values.length % 2 ? (values[middle] as number) : ((values[middle - 1] as number) + (values[middle] as number)) / 2
    return [step, Number.isFinite(value) ? value : null]
  })
}

/** Every figure for which the run has curves. */
export function figures(report: Report): readonly Figure[] {
  const rows = report.rows.filter(({ cells }) => cells.length > 0)
  if (rows.length === 0) return []
  return [
    overview(report, rows),
    lossFigure(report, rows),
    accuracyFigure(report, rows),
    sharpnessFigure(report, rows),
    rateFigure(report, rows),
    noiseFigure(report, rows),
    varianceFigure(report, rows),
  ]
    .filter((figure) => figure !== undefined)
    .filter((figure) => figure.panels.length > 0)
}

const curvesOfRow = ({ curves }: Report, row: RowReport): readonly CellCurves[] =>
  row.cells.flatMap((id) => (curves[id] ? [curves[id]] : []))
const losses = (report: Report, row: RowReport): readonly Points[] =>
  curvesOfRow(report, row).map(({ evaluations }) => zip(evaluations.step, evaluations.loss))
const accuracies = (report: Report, row: RowReport): readonly Points[] =>
  curvesOfRow(report, row).map(({ evaluations }) => zip(evaluations.step, evaluations.accuracy))
const stepCurves = (report: Report, row: RowReport, name: StepCurve): readonly Points[] =>
  curvesOfRow(report, row).map(({ steps }) => zip(steps.step, steps[name]))
const valuesOf = (curves: readonly Points[]): readonly (number | null)[] =>
  curves.flatMap((points) => points.map(([, value]) => value))
const has = (curves: readonly Points[]): boolean => valuesOf(curves).some((value) => value !== null)

/** Losses above the initial one are cut off: a run that diverges leaves at the top. */
function lossDomain(report: Report, rows: readonly RowReport[]): readonly [number, number] {
  const values = rows.flatMap((row) => valuesOf(losses(report, row)))
  const initial = Math.max(...rows.flatMap((row) => losses(report, row).map((points) => points[0]?.[1] ?? 0)))
  return domainOf(
    values.filter((value) => value !== null && value <= initial * 1.3),
    'log',
    1,
  )
}

const targetRule = ({ target }: Report): NonNullable<Panel['rules']> =>
  target.loss === null ? [] : [{ y: target.loss, color: colors.target, dash: '4 3' }]

function overview(report: Report, rows: readonly RowReport[]): Figure {
  const known = new Map([
    [defaultRow, colors.default],
    [targetRow, colors.reference],
  ])
  const ordered = [...rows].sort((a, b) => Number(known.has(a.name)) - Number(known.has(b.name)))
  const lines = ordered.map((row): Line => {
    const color = known.get(row.name)
    return { points: medianCurve(losses(report, row)), color: color ?? 'var(--faint)', width: color ? 2.5 : 1 }
  })
  const frame: Frame = {
    width: 960,
    height: 340,
    steps: report.settings.steps,
    scale: 'log',
    domain: lossDomain(report, rows),
    marginRight: 190,
  }
  const ends = ordered.map((row, index) => ({ row, line: lines[index] as Line }))
  const svg = panelSvg(
    {
      description: `Median validation loss of all rows over steps: ${ordered.map((row) => `${row.title} ends at ${lossText(row.finalLoss.median)}`).join('; ')}.`,
      lines: spread(ends, frame),
      rules: targetRule(report),
    },
    frame,
  )
  return {
    id: 'overview',
    title: 'Validation loss, all rows',
    caption:
      'Median over seeds. Bold: the default and tuned Adam; dashed: the target. Rows whose median is not finite end where it stops being so.',
    panels: [{ title: '', cells: rows.flatMap(({ cells }) => cells), svg }],
    wide: true,
  }
}

/**
 * Labels at the right end of the lines, moved apart where they would overlap: a label that moves gets an invisible
 * line of its own to sit on.
 */
function spread(
  ends: readonly { readonly row: RowReport; readonly line: Line }[],
  { domain: [low, high], height, steps }: Frame,
): readonly Line[] {
  const span = Math.log(high / low)
  const gap = (11.5 / (height - 34)) * span
  const placed = ends
    .map(({ row, line }) => {
      const last = line.points.findLast(([, value]) => value !== null)
      return { row, line, at: Math.min(Math.log(high), Math.max(Math.log(low), Math.log(last?.[1] ?? high))) }
    })
    .sort((a, b) => a.at - b.at)
  for (let index = 1; index < placed.length; index++) {
    const [below, above] = [placed[index - 1] as (typeof placed)[number], placed[index] as (typeof placed)[number]]
    above.at = Math.max(above.at, below.at + gap)
  }
  const over = Math.max(0, (placed.at(-1)?.at ?? 0) - Math.log(high))
  for (let index = placed.length - 1, limit = Math.log(high); over > 0 && index >= 0; index--, limit -= gap) {
    const item = placed[index] as (typeof placed)[number]
    item.at = Math.min(item.at, limit)
  }
  const labels = placed.map(
    ({ row, line, at }): Line => ({
      points: [[steps, Math.exp(at)]],
      color: line.color === 'var(--faint)' ? 'var(--quiet)' : line.color,
      width: 0,
      label: row.title,
    }),
  )
  return [...ends.map(({ line }) => line), ...labels]
}

/** One panel for each row: its runs, and the median of the default to compare with. */
function perRow(
  report: Report,
  rows: readonly RowReport[],
  pick: (row: RowReport) => readonly Points[],
  frame: Frame,
  options: {
    readonly what: string
    readonly rules?: NonNullable<Panel['rules']>
    readonly value: (row: RowReport) => string
  },
): Figure['panels'] {
  const main = rows.find(({ name }) => name === defaultRow)
  const reference = main ? medianCurve(pick(main)) : []
  return rows.map((row) => {
    const isDefault = row.name === defaultRow
    const runs = pick(row).map(
      (points): Line => ({ points, color: isDefault ? colors.default : colors.row, width: 1.25 }),
    )
    return {
      title: row.title,
      cells: row.cells,
      svg: panelSvg(
        {
          description: `${options.what} of ${row.title} over ${report.settings.steps} steps, ${runs.length} runs: ${options.value(row)}.`,
          lines: [
            ...(isDefault ? [] : [{ points: reference, color: colors.default, width: 1, dash: '1.5 2' }]),
            ...runs,
          ],
          rules: options.rules ?? [],
        },
        frame,
      ),
    }
  })
}

function lossFigure(report: Report, rows: readonly RowReport[]): Figure {
  const frame: Frame = { ...small, steps: report.settings.steps, scale: 'log', domain: lossDomain(report, rows) }
  return {
    id: 'loss',
    title: 'Validation loss',
    caption:
      'Every run of a row; dotted: the median of the default; dashed: the target. Logarithmic. A run that diverges leaves at the top.',
    panels: perRow(report, rows, (row) => losses(report, row), frame, {
      what: 'Validation loss',
      rules: targetRule(report),
      value: (row) => `final ${lossText(row.finalLoss.median)} in the median`,
    }),
  }
}

function accuracyFigure(report: Report, rows: readonly RowReport[]): Figure | undefined {
  const values = rows.flatMap((row) => valuesOf(accuracies(report, row)))
  if (values.every((value) => value === null)) return undefined
  const finals = rows.flatMap(({ finalAccuracy }) => finalAccuracy.median ?? [])
  const top = Math.min(1, Math.max(...finals) + 0.02)
  const middle = [...finals].sort((a, b) => a - b)[finals.length >> 1] ?? 0.5
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
    caption: 'Every run of a row; dotted: the median of the default. The axis begins where the runs differ.',
    panels: perRow(report, rows, (row) => accuracies(report, row), frame, {
      what: 'Validation accuracy',
      value: (row) => `final ${((row.finalAccuracy.median ?? 0) * 100).toFixed(1)} % in the median`,
    }),
  }
}

function rateFigure(report: Report, rows: readonly RowReport[]): Figure {
  const pick = (row: RowReport) => stepCurves(report, row, 'rate')
  const frame: Frame = {
    ...small,
    steps: report.settings.steps,
    scale: 'log',
    domain: domainOf(
      rows.flatMap((row) => valuesOf(pick(row))),
      'log',
    ),
  }
  return {
    id: 'rate',
    title: 'Step size',
    caption:
      'The rate eta of every run, logarithmic; dotted: the median of the default. Rates of different directions have different units.',
    panels: perRow(report, rows, pick, frame, {
      what: 'Step size',
      value: (row) => `last ${row.finalRate.median ?? 'not known'} in the median`,
    }),
  }
}

function sharpnessFigure(report: Report, rows: readonly RowReport[]): Figure | undefined {
  const measured = rows.filter((row) => has(stepCurves(report, row, 'sharpness')))
  if (measured.length === 0) return undefined
  const edges = (row: RowReport, factor: number): Points =>
    medianCurve(stepCurves(report, row, 'rate')).map(([step, rate]) => [step, rate ? factor / rate : null])
  const sharpness = (row: RowReport): Points => medianCurve(stepCurves(report, row, 'sharpness'))
  const frame: Frame = {
    ...small,
    steps: report.settings.steps,
    scale: 'log',
    domain: domainOf(
      measured.flatMap((row) => [...sharpness(row), ...edges(row, 2)].map(([, value]) => value)),
      'log',
      0.98,
    ),
  }
  return {
    id: 'sharpness',
    title: 'Sharpness against the edge',
    caption:
      'Solid: sharpness in the geometry of the direction, as the rule sees it; dashed: the edge 2/eta of plain descent; dotted: the edge 2/(gain eta) with the momentum of the direction in it. Medians over seeds, logarithmic. Rows that measure no sharpness are left out.',
    panels: measured.map((row) => ({
      title: row.title,
      cells: row.cells,
      svg: panelSvg(
        {
          description: `Sharpness of ${row.title} and the edge 2/eta over ${report.settings.steps} steps.`,
          lines: [
            { points: edges(row, 2), color: colors.edge, dash: '4 3' },
            ...(row.gain === null ? [] : [{ points: edges(row, 2 / row.gain), color: colors.edge, dash: '1.5 2' }]),
            { points: sharpness(row), color: row.name === defaultRow ? colors.default : colors.row, width: 1.5 },
          ],
        },
        frame,
      ),
    })),
  }
}

/** Signed signals over decades: linear near 0, logarithmic beyond. */
function noiseFigure(report: Report, rows: readonly RowReport[]): Figure | undefined {
  const measured = rows.filter((row) => has(stepCurves(report, row, 'gap')))
  if (measured.length === 0) return undefined
  const [gap, progress] = [
    (row: RowReport) => medianCurve(stepCurves(report, row, 'gap')),
    (row: RowReport) => medianCurve(stepCurves(report, row, 'progress')),
  ]
  const values = measured.flatMap((row) => [...gap(row), ...progress(row)].map(([, value]) => value))
  const sizes = values
    .flatMap((value) => (value === null || value === 0 ? [] : [Math.abs(value)]))
    .sort((a, b) => a - b)
  const constant = 10 ** Math.floor(Math.log10(sizes[sizes.length >> 3] ?? 1e-3))
  const frame: Frame = {
    ...small,
    steps: report.settings.steps,
    scale: 'symlog',
    constant,
    domain: domainOf(values, 'symlog', 0.98),
  }
  return {
    id: 'noise',
    title: 'Noise signals of the temperature',
    caption:
      'Solid: the gap between the loss of the iterate and that of the averaged weights, which noise opens; dashed: the progress of the average per doubling of the steps. Noise lowers the rate where the gap exceeds a share of the progress. Medians over seeds; linear near 0, logarithmic beyond.',
    panels: measured.map((row) => ({
      title: row.title,
      cells: row.cells,
      svg: panelSvg(
        {
          description: `Gap and progress of ${row.title} over ${report.settings.steps} steps.`,
          lines: [
            { points: progress(row), color: colors.reference, dash: '4 3' },
            { points: gap(row), color: row.name === defaultRow ? colors.default : colors.row, width: 1.5 },
          ],
          rules: [{ y: 0, color: 'var(--faint)' }],
        },
        frame,
      ),
    })),
  }
}

function varianceFigure(report: Report, rows: readonly RowReport[]): Figure | undefined {
  const pick = (row: RowReport) => stepCurves(report, row, 'variance')
  const measured = rows.filter((row) => has(pick(row)))
  if (measured.length === 0) return undefined
  const frame: Frame = {
    ...small,
    steps: report.settings.steps,
    scale: 'log',
    domain: domainOf(
      measured.flatMap((row) => valuesOf(pick(row))),
      'log',
      0.98,
    ),
  }
  return {
    id: 'variance',
    title: 'Gradient noise of the formula',
    caption: 'The noise variance sigma squared that rows of the formula measure, every run, logarithmic.',
    panels: perRow(report, measured, pick, frame, { what: 'Noise variance', value: () => 'see the event log' }),
  }
}
