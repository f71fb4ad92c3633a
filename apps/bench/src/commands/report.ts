import path from 'node:path'
import { defineCommand } from 'citty'
import { existingRun } from '../matrix/run-folder.ts'
import { note, printData, printJson } from './output.ts'
import { reportText } from './report-text.ts'
import { writeReport } from './write-report.ts'

export const report = defineCommand({
  meta: {
    name: 'report',
    description: 'Builds report.json and report.html of a run folder again from its event logs.',
  },
  args: {
    run: { type: 'positional', required: true, description: 'The run folder, such as runs/demo' },
    json: { type: 'boolean', description: 'Print the report as JSON instead of a table' },
  },
  async run({ args }) {
    const { run, manifest } = existingRun(path.resolve(args.run))
    const { report: built, html } = await writeReport(run, manifest)
    if (args.json) printJson({ ...built, curves: undefined })
    else printData(reportText(built, html))
    for (const warning of built.warnings) note(warning)
    return built.cells.some(({ status }) => status === 'failed') ? 1 : 0
  },
})
