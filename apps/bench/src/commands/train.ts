import path from 'node:path'
import { findWorkload } from '@eos-sgd/models/node'
import { defineCommand } from 'citty'
import { usageError } from '../command/errors.ts'
import { wholeNumber } from '../command/flags.ts'
import { existingRun, runFolder } from '../matrix/run-folder.ts'
import { runMatrix } from '../matrix/run-matrix.ts'
import { progressView } from '../progress/view.ts'
import { lossText, percent, secondsText, significant } from '../report/numbers.ts'
import { commandLine } from './matrix.ts'
import { note, printData, printJson, untilStopped } from './output.ts'
import { plan } from './perform.ts'
import { matrixArgs, runArgs, runOptions } from './run-options.ts'
import { writeReport } from './write-report.ts'

export const train = defineCommand({
  meta: {
    name: 'train',
    description: 'One training run with live progress; prints what was reached and the rate that was found.',
  },
  args: {
    workload: matrixArgs.workload,
    row: { type: 'string', description: 'A row of the matrix', valueHint: 'NAME', default: 'default' },
    seed: {
      type: 'string',
      description: 'Decides initial weights and the order of the data',
      valueHint: 'N',
      default: '0',
    },
    ...runArgs,
  },
  async run({ args, rawArgs }) {
    if (args.row.includes(',')) throw usageError('--row takes one row.', 'Use `eos matrix --rows` for several.')
    const seed = wholeNumber('--seed', args.seed, 0)
    const out = args.out ?? path.join('runs', `train-${args.workload.replaceAll('/', '-')}-${args.row}-${seed}`)
    const options = runOptions({
      workload: args.workload,
      rows: args.row,
      seeds: `${seed},`,
      jobs: '1',
      steps: args.steps,
      threads: args.threads,
      out,
    })
    const manifest = await plan(options, commandLine('train', rawArgs))
    await findWorkload(options.workload).load()
    const outcome = await untilStopped((signal) =>
      runMatrix(runFolder(options.out), manifest, {
        view: progressView(`eos train ${options.workload}`, process.stderr),
        signal,
      }),
    )
    const failure = outcome.failed[0]
    if (failure) {
      note(failure.reason)
      return 1
    }
    const { run } = existingRun(options.out)
    const { report, html } = await writeReport(run, manifest)
    const summary = report.cells[0]?.summary
    if (args.json || !summary) printJson(report.cells[0])
    else
      printData(
        [
          `${report.rows[0]?.title} on ${options.workload}, seed ${seed}: ${summary.steps} steps in ${secondsText(summary.seconds)} s`,
          `Validation loss ${lossText(summary.finalLoss)} at the end (best ${lossText(summary.bestLoss)} at step ${summary.bestStep ?? 0}), accuracy ${percent(summary.finalAccuracy)}`,
          ...(summary.contact
            ? [
                `First contact with the edge at step ${summary.contact.step}; held rate ${significant(summary.contact.rate)}`,
              ]
            : []),
          ...(summary.finalRate === null ? [] : [`Rate of the last step ${significant(summary.finalRate)}`]),
          ...(summary.diverged ? ['The run diverged.'] : []),
          `Report: ${path.relative(process.cwd(), html)}`,
        ].join('\n'),
      )
    return 0
  },
})
