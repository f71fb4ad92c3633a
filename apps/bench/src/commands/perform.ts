import { createHash } from 'node:crypto'
import path from 'node:path'
import type { Workload } from '@eos-sgd/models'
import { findWorkload } from '@eos-sgd/models/node'
import { exitCode } from '../command/errors.ts'
import { expand } from '../matrix/expand.ts'
import { thisHardware } from '../matrix/hardware.ts'
import { type Manifest, manifestSchema, runFolder } from '../matrix/run-folder.ts'
import { runMatrix } from '../matrix/run-matrix.ts'
import type { RowSpec } from '../matrix/spec.ts'
import { versions } from '../matrix/versions.ts'
import { progressView } from '../progress/view.ts'
import { buildRow } from '../rows/build.ts'
import { demoRows } from '../rows/groups.ts'
import { defaultRow, targetRow } from '../rows/names.ts'
import { pluginRows } from '../rows/plugin-rows.ts'
import { pluginVersion } from '../rows/plugins.ts'
import { selectRows } from '../rows/select.ts'
import { readTuned, tunedFile } from '../tune/tuned-rates.ts'
import { note, printData, printJson, untilStopped } from './output.ts'
import { reportText } from './report-text.ts'
import type { RunOptions } from './run-options.ts'
import { writeReport } from './write-report.ts'

/** The cells that options ask for, and everything else that a manifest holds. */
export async function plan(options: RunOptions, command: string): Promise<Manifest> {
  const workload = findWorkload(options.workload)
  const added = pluginRows(options.plugins)
  const named = options.rows ?? (added.length > 0 ? [defaultRow, targetRow] : demoRows)
  const rows = [...selectRows(named, workload.name, readTuned(tunedFile(workload.name))), ...added]
  return makeManifest(workload, rows, options, command)
}

/** A manifest of given rows. Throws for rows that cannot be built: before anything runs. */
export async function makeManifest(
  workload: Workload,
  rows: readonly RowSpec[],
  options: RunOptions,
  command: string,
): Promise<Manifest> {
  const steps = options.steps ?? workload.steps
  for (const row of rows) await buildRow(row, { workload: workload.name, steps })
  const outside = rows
    .flatMap(({ parts = {} }) => Object.values(parts))
    .flatMap((name) => {
      const text = pluginVersion(name)
      return text === undefined ? [] : [[`plugin ${name}`, digest(text)]]
    })
  const cells = expand({
    workload: workload.name,
    rows,
    seeds: options.seeds,
    steps,
    evaluateEvery: Math.min(workload.evaluateEvery, steps),
    threads: options.threads,
    versions: { ...versions(), ...Object.fromEntries(outside) },
  })
  return {
    schema: manifestSchema,
    name: path.basename(options.out),
    command,
    started: new Date().toISOString(),
    jobs: options.jobs ?? 2,
    hardware: thisHardware(),
    ...(options.target === undefined ? {} : { target: options.target }),
    cells,
  }
}

/**
 * Runs a manifest to its end, writes and prints the report; the exit code. With `check`, that is 1 also where a stated
 * aim does not hold, or none could be checked.
 */
export async function perform(
  manifest: Manifest,
  out: string,
  { json, check = false }: { readonly json: boolean; readonly check?: boolean },
): Promise<number> {
  const workload = findWorkload(manifest.cells[0]?.spec.workload ?? '')
  // A missing data set is one error here instead of one for each cell.
  await workload.load()
  const run = runFolder(out)
  // Written by the first run of a folder; a run that goes on keeps it.
  const started = run.manifest()?.started ?? manifest.started
  const { failed } = await untilStopped((signal) =>
    runMatrix(run, { ...manifest, started }, { view: progressView(`eos ${workload.name}`, process.stderr), signal }),
  )
  const { report, html } = await writeReport(run, { ...manifest, started })
  if (json) printJson({ ...report, curves: undefined })
  else printData(reportText(report, html))
  for (const warning of report.warnings) note(warning)
  if (failed.length > 0)
    note(`${failed.length} of ${manifest.cells.length} cells failed; the same command runs them again.`)
  const missed = check && (report.claims.length === 0 || report.claims.some(({ holds }) => !holds))
  return failed.length > 0 || missed ? exitCode.failed : exitCode.ok
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)
