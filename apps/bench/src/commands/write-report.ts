import { findWorkload } from '@eos-sgd/models/node'
import type { Manifest, RunFolder } from '../matrix/run-folder.ts'
import { buildReport, readCells } from '../report/build.ts'
import { renderHtml } from '../report/html.ts'
import type { Report } from '../report/report.ts'
import { readTuned, tunedFile } from '../tune/tuned-rates.ts'

/** Builds the report of a run folder from its event logs and writes `report.json` and `report.html`. */
export async function writeReport(
  run: RunFolder,
  manifest: Manifest,
): Promise<{ readonly report: Report; readonly html: string; readonly json: string }> {
  const workload = findWorkload(manifest.cells[0]?.spec.workload ?? '')
  const tuned = readTuned(tunedFile(workload.name))
  const commands = Object.fromEntries(
    Object.entries(tuned?.algorithms ?? {}).map(([name, entry]) => [`tuned rate of ${name}`, entry.command]),
  )
  const report = buildReport(
    manifest,
    readCells(run, manifest),
    {
      model: workload.task.model.name,
      description: workload.description,
      batch: workload.batch,
    },
    { commands, ...(tuned ? { tunedFor: tuned.steps } : {}) },
  )
  const json = await run.write('report.json', `${JSON.stringify(report)}\n`)
  const html = await run.write('report.html', renderHtml(report))
  return { report, html, json }
}
