import path from 'node:path'
import { EosError } from '@eos-sgd/core'
import { findWorkload } from '@eos-sgd/models/node'
import { calibrate } from '../matrix/calibrate.ts'
import { earlierCells } from '../matrix/earlier-cells.ts'
import { type Calibration, type CellEstimate, estimateCells, type RowFacts, totalSeconds } from '../matrix/estimate.ts'
import { type Manifest, runFolder } from '../matrix/run-folder.ts'
import { clock } from '../progress/lines.ts'
import { significant } from '../report/numbers.ts'
import { wrap } from '../report/wrap.ts'
import { buildRow } from '../rows/build.ts'
import { defaultRow } from '../rows/names.ts'
import type { BuiltRow } from '../rows/row.ts'
import { defaultRates } from '../tune/tuned-rates.ts'

/** The cells of a manifest with how long they will take. */
export interface DryRun {
  readonly estimates: readonly CellEstimate[]
  /** Cells that are finished in the run folder already. */
  readonly finished: ReadonlySet<string>
  /** Seconds for those that are not; `null` where that is not known. */
  readonly seconds: number | null
  /** Where the numbers come from, in words. */
  readonly explanation: string
}

/** The rows whose steps are timed: that of the default's direction, and that of the cheapest. */
const timed = [{ name: defaultRow }, { name: 'adam-default', rate: defaultRates.adam }] as const

/** What a manifest would run, and for how long: from earlier runs beside `out`, else from a second of training. */
export async function dryRun(manifest: Manifest, out: string): Promise<DryRun> {
  const { cells, jobs } = manifest
  const spec = cells[0]?.spec
  const run = runFolder(out)
  const finished = new Set(cells.filter(({ id }) => run.result(id)?.status === 'done').map(({ id }) => id))
  if (!spec) return { estimates: [], finished, seconds: 0, explanation: 'There is nothing to run.' }
  const built = new Map<string, BuiltRow>()
  for (const { spec: one } of cells) if (!built.has(one.row.name)) built.set(one.row.name, await buildRow(one.row, one))
  const rows = new Map([...built].map(([name, row]): [string, RowFacts] => [name, factsOf(row)]))
  const earlier = earlierCells(path.dirname(out), { ...spec, jobs })
  const known = new Set(earlier.map(({ row }) => row))
  const unknown = [...rows].filter(([name]) => !known.has(name)).map(([, facts]) => facts)
  let calibrations: readonly Calibration[] = []
  let missing = ''
  try {
    calibrations = unknown.length > 0 ? await timeSteps(manifest, unknown) : []
  } catch (error) {
    if (!(error instanceof EosError)) throw error
    missing = ` ${error.message.replace(/^\[eos\] /, '')}`
  }
  const estimates = estimateCells(cells, rows, earlier, calibrations)
  const open = estimates.filter(({ cell }) => !finished.has(cell.id))
  return {
    estimates,
    finished,
    seconds: totalSeconds(open, jobs),
    explanation: `${explain(known.size > 0, calibrations, path.dirname(out), jobs)}${missing}`,
  }
}

const factsOf = ({ cost, algorithm }: BuiltRow): RowFacts => ({
  cost,
  direction: algorithm.name.split(' + ')[0] as string,
})

async function timeSteps(manifest: Manifest, unknown: readonly RowFacts[]): Promise<readonly Calibration[]> {
  const { spec } = manifest.cells[0] as Manifest['cells'][number]
  const workload = findWorkload(spec.workload)
  const data = await workload.load()
  // A cell is a process like this one up to here: Node, modules, data.
  const before = performance.now() / 1000
  const found: Calibration[] = []
  for (const row of timed) {
    const built = await buildRow(row, { workload: workload.name, steps: spec.steps })
    const { direction } = factsOf(built)
    const needed = row.name === defaultRow ? unknown.some((one) => one.direction === direction) : true
    if (needed) {
      const title = row.name === defaultRow ? 'the default' : 'Adam'
      found.push(await calibrate({ title, direction, built }, workload, data, { threads: spec.threads, before }))
    }
  }
  return found.reverse()
}

function explain(hasEarlier: boolean, calibrations: readonly Calibration[], folder: string, jobs: number): string {
  const steps = calibrations.map(({ title, step }) => `${title} ${significant(1000 * step)} ms`)
  const measured = calibrations.map(({ start, evaluation }) => ({ start, evaluation }))[0]
  return [
    ...(hasEarlier
      ? [
          `Rows that ran before with ${jobs} at a time, in run folders in ${folder}: the median of what their cells took.`,
        ]
      : []),
    ...(measured
      ? [
          `${hasEarlier ? 'The others' : 'All rows'}: steps of ${steps.join(' and ')}, timed just now, times the gradients, forwards and Hessian products that their parts declare; ${significant(measured.start, 2)} s to start a cell and ${significant(1000 * measured.evaluation, 2)} ms for an evaluation. What a direction does beside its gradient is counted only for these two.`,
        ]
      : []),
    ...(jobs > 1 ? ['Cells that run at the same time are taken not to slow each other down.'] : []),
  ].join(' ')
}

/** The same as data; seconds of `null` are not known. */
export const dryRunJson = ({ estimates, finished, seconds, explanation }: DryRun): object => ({
  cells: estimates.map(({ cell, seconds: one, basis }) => ({
    ...cell,
    finished: finished.has(cell.id),
    seconds: one,
    basis,
  })),
  seconds,
  explanation,
})

/** What a person reads. */
export function dryRunText(
  { estimates, finished, seconds, explanation }: DryRun,
  { jobs }: Manifest,
  out: string,
): string {
  const width = Math.max(...estimates.map(({ cell }) => rowText(cell).length))
  const lines = estimates.map(({ cell, seconds: one, basis }) => {
    const { id, spec } = cell
    const time = finished.has(id) ? 'finished' : one === null ? 'not known' : `about ${one.toFixed(1)} s`
    const from = finished.has(id) || one === null ? '' : `  ${basis}`
    return `${id}  ${spec.workload}  ${rowText(cell).padEnd(width)}  seed ${spec.seed}  ${spec.steps} steps  ${time.padStart(12)}${from}`
  })
  const done = finished.size > 0 ? `, ${finished.size} of them finished` : ''
  const time = seconds === null ? 'The time is not known.' : `Expected time ${clock(1000 * seconds)}.`
  return [
    ...lines,
    `${estimates.length} cells${done}, ${jobs} at a time, in ${out}`,
    wrap(`${time} ${explanation}`),
  ].join('\n')
}

const rowText = ({ spec: { row } }: CellEstimate['cell']): string =>
  `${row.name}${row.rate === undefined ? '' : ` rate ${row.rate}`}`
