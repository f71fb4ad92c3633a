import { summarise } from '../analysis/cell-summary.ts'
import { type CellSeries, seriesOf } from '../analysis/series.ts'
import { targetOf, timeToTarget } from '../analysis/target.ts'
import { readEvents } from '../matrix/event-log.ts'
import { type Hardware, sameHardware } from '../matrix/hardware.ts'
import type { CellResult, Manifest, RunFolder } from '../matrix/run-folder.ts'
import type { Cell } from '../matrix/spec.ts'
import { rowInfo } from '../rows/catalogue.ts'
import { defaultRow, targetRow } from '../rows/names.ts'
import { acceptance } from './acceptance.ts'
import { curvesOf } from './curves.ts'
import { earnings } from './earnings.ts'
import { partEffects } from './effects.ts'
import { headline } from './headline.ts'
import type { CellCurves, CellReport, Report, Settings, Target } from './report.ts'
import { reportSchema } from './report.ts'
import { type RowFacts, rowReport } from './row-report.ts'

/** What is known of one cell of a run folder. */
export interface CellEntry {
  readonly cell: Cell
  readonly result: CellResult | undefined
  /** Of finished cells. */
  readonly series: CellSeries | undefined
}

/** Facts about a workload that stand in a report. */
export type WorkloadFacts = Pick<Settings, 'model' | 'description' | 'batch'>

/** Reads results and event logs of all cells of a run. Throws `RUN_CORRUPT` for a damaged file. */
export function readCells(run: RunFolder, { cells }: Manifest): readonly CellEntry[] {
  return cells.map((cell) => {
    const result = run.result(cell.id)
    const events = result?.status === 'done' ? readEvents(run.files(cell.id).events) : undefined
    return { cell, result, series: events && seriesOf(events) }
  })
}

/** What a report knows from beside the run folder. */
export interface BuildOptions {
  /** Commands that make what the run took from elsewhere. */
  readonly commands?: Readonly<Record<string, string>>
  /** Steps of the runs by which tuned rates were chosen. */
  readonly tunedFor?: number
}

/** Everything that a report says, from what the run folder holds. Pure. */
export function buildReport(
  manifest: Manifest,
  entries: readonly CellEntry[],
  workload: WorkloadFacts,
  { commands = {}, tunedFor }: BuildOptions = {},
): Report {
  const first = entries[0]?.cell.spec
  const target = findTarget(manifest, entries)
  const cells = entries.map((entry) => cellReport(entry, target.loss))
  const names = [...new Set(entries.map(({ cell }) => cell.spec.row.name))]
  const of = (name: string): readonly CellReport[] => cells.filter(({ row }) => row === name)
  const reference = names.includes(defaultRow) ? of(defaultRow) : undefined
  const rows = names.map((name) =>
    rowReport(rowFacts(name, entries), of(name), name === defaultRow ? undefined : reference),
  )
  const settings: Settings = {
    ...workload,
    workload: first?.workload ?? 'none',
    parameters: entries.find(({ series }) => series)?.series?.parameters ?? null,
    steps: first?.steps ?? 0,
    evaluateEvery: first?.evaluateEvery ?? 0,
    seeds: [...new Set(entries.map(({ cell }) => cell.spec.seed))],
    jobs: manifest.jobs,
    threads: first?.threads ?? 1,
    clock:
      'Summed wall time of the training batches: data, programs and host rule; without compiling, evaluation, checkpoints or events.',
  }
  const facts = { settings, target, rows, cells }
  const effects = partEffects(rows, cells, target.loss)
  return {
    schema: reportSchema,
    name: manifest.name,
    created: manifest.started,
    commands: { run: manifest.command, ...commands },
    headline: headline(facts),
    warnings: [...tuningWarning(entries, tunedFor), ...warnings(manifest, entries, cells)],
    settings,
    target,
    hardware: manifest.hardware,
    versions: first?.versions ?? {},
    rows,
    effects,
    earnings: earnings(rows, effects),
    claims: acceptance(facts),
    cells,
    curves: Object.fromEntries(
      entries.flatMap(({ cell, series }): [string, CellCurves][] => (series ? [[cell.id, curvesOf(series)]] : [])),
    ),
  }
}

function findTarget({ target }: Manifest, entries: readonly CellEntry[]): Target {
  if (target !== undefined) return { loss: target, rule: 'given with --target.', cells: [] }
  const setters = entries.filter(({ cell, series }) => cell.spec.row.name === targetRow && series)
  if (setters.length === 0)
    return { loss: null, rule: `the run has no finished cell of the row ${targetRow}, which sets it.`, cells: [] }
  const losses = setters.map(({ series }) => summarise(series as CellSeries).finalLoss)
  const rate = setters[0]?.cell.spec.row.rate
  return {
    loss: targetOf(losses),
    rule: `median over ${setters.length} seeds of tuned Adam's final validation loss (rate ${rate}, last weights); reached at the first evaluation at or below it.`,
    cells: setters.map(({ cell }) => cell.id),
  }
}

function rowFacts(name: string, entries: readonly CellEntry[]): RowFacts {
  const own = entries.filter(({ cell }) => cell.spec.row.name === name)
  const spec = own[0]?.cell.spec.row
  const done = own.map(({ result }) => result).find((result) => result?.status === 'done')
  return {
    info: rowInfo(spec ?? { name }),
    algorithm: done?.status === 'done' ? done.algorithm : '',
    rate: spec?.rate ?? null,
    gain: done?.status === 'done' ? done.gain : null,
  }
}

function cellReport({ cell, result, series }: CellEntry, target: number | null): CellReport {
  const { id, spec } = cell
  const base = { id, row: spec.row.name, seed: spec.seed, spec }
  if (result?.status === 'failed')
    return { ...base, status: 'failed', failure: { reason: result.reason, stderr: result.stderr } }
  if (!series) return { ...base, status: 'missing' }
  return {
    ...base,
    status: 'done',
    summary: summarise(series),
    toTarget: target === null ? null : timeToTarget(series, target),
  }
}

function warnings(
  { hardware, jobs }: Manifest,
  entries: readonly CellEntry[],
  cells: readonly CellReport[],
): readonly string[] {
  const machines = entries.flatMap(({ result }): Hardware[] => (result?.status === 'done' ? [result.hardware] : []))
  const failed = cells.filter(({ status }) => status === 'failed')
  const missing = cells.filter(({ status }) => status === 'missing').length
  return [
    ...(machines.some((machine) => !sameHardware(machine, hardware))
      ? ['The cells ran on different machines or Node versions: their seconds must not be compared.']
      : []),
    ...(jobs > 1
      ? [`${jobs} cells ran at a time, so seconds include what they take from each other; with --jobs 1 they do not.`]
      : []),
    ...failed.map(
      ({ row, seed, id, failure }) =>
        `Cell ${id} (${row}, seed ${seed}) failed: ${failure?.reason.replace(/^\[eos\] /, '')}`,
    ),
    ...(missing > 0 ? [`${missing} cells have not run; the same command goes on with them.`] : []),
  ]
}

/** A baseline is only as good as its tuning: says where that was for runs of another length. */
function tuningWarning(entries: readonly CellEntry[], tunedFor: number | undefined): readonly string[] {
  const other = entries.find(({ cell: { spec } }) => spec.row.name.endsWith('-tuned') && spec.steps !== tunedFor)
  return tunedFor === undefined || !other
    ? []
    : [
        `Tuned rates were chosen by runs of ${tunedFor} steps, these have ${other.cell.spec.steps}: tuned baselines are not at their best.`,
      ]
}
