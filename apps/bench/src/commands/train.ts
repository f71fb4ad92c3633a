import { copyFileSync, existsSync } from 'node:fs'
import path from 'node:path'
import { EosError, type Which } from '@eos-sgd/core'
import { findWorkload } from '@eos-sgd/models/node'
import { defineCommand } from 'citty'
import type { CellSummary } from '../analysis/cell-summary.ts'
import { usageError } from '../command/errors.ts'
import { wholeNumber } from '../command/flags.ts'
import { inChildProcess } from '../matrix/child-process.ts'
import { onDisk } from '../matrix/disk.ts'
import { type CellFiles, existingRun, runFolder } from '../matrix/run-folder.ts'
import { runMatrix } from '../matrix/run-matrix.ts'
import { progressView } from '../progress/view.ts'
import { lossText, percent, secondsText, significant } from '../report/numbers.ts'
import { overFits } from '../report/over-fitting.ts'
import { commandLine } from './matrix.ts'
import { note, printData, printJson, untilStopped } from './output.ts'
import { plan } from './perform.ts'
import { matrixArgs, runArgs, runOptions } from './run-options.ts'
import { writeReport } from './write-report.ts'

export const train = defineCommand({
  meta: {
    name: 'train',
    description:
      'One training run with live progress; prints what was reached and the rate that was found, and keeps the weights of the end and the best ones.',
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
    save: { type: 'string', description: 'File for the weights, as safetensors', valueHint: 'FILE' },
    which: {
      type: 'enum',
      options: ['current', 'best'],
      description: 'Which weights to save: those of the end, or those of the lowest validation loss',
      default: 'current',
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
        start: inChildProcess(options.out, { keepWeights: true }),
      }),
    )
    const failure = outcome.failed[0]
    if (failure) {
      note(failure.reason)
      return 1
    }
    const { run } = existingRun(options.out)
    const { report, html } = await writeReport(run, manifest)
    const [cell] = report.cells
    const files = run.files(cell?.id ?? '')
    if (args.save !== undefined) saveAs(args.save, args.which as Which, files)
    if (args.json || !cell?.summary) printJson(cell)
    else
      printData(
        [
          `${report.rows[0]?.title} on ${options.workload}, seed ${seed}: ${cell.summary.steps} steps in ${secondsText(cell.summary.seconds)} s`,
          ...summaryLines(cell.summary),
          ...weightLines(files, args.save === undefined ? undefined : `${args.which} weights in ${args.save}`),
          `Report: ${relative(html)}`,
        ].join('\n'),
      )
    return 0
  },
})

const relative = (file: string): string => path.relative(process.cwd(), file)

function saveAs(file: string, which: Which, { weights, folder }: CellFiles): void {
  if (!existsSync(weights[which]))
    throw new EosError('NO_WEIGHTS', `${folder} has no weights: this cell was finished by a matrix.`, {
      hint: 'Train it in a folder of its own with --out.',
    })
  onDisk(file, () => copyFileSync(weights[which], file))
}

/** What a run reached: at the end, at its best, at the edge. */
function summaryLines(summary: CellSummary): readonly string[] {
  const { finalLoss, finalAccuracy, bestLoss, bestStep, contact, finalRate, diverged } = summary
  const accuracy = finalAccuracy === null ? '' : `, accuracy ${percent(finalAccuracy)}`
  return [
    `Validation loss ${lossText(finalLoss)} at the end${accuracy}`,
    `Lowest ${lossText(bestLoss)} at step ${bestStep ?? 0}${overFits(finalLoss, bestLoss) ? ': it over-fitted from there on; take the best weights' : ''}`,
    ...(contact ? [`First contact with the edge at step ${contact.step}; held rate ${significant(contact.rate)}`] : []),
    ...(finalRate === null ? [] : [`Rate of the last step ${significant(finalRate)}`]),
    ...(diverged ? ['The run diverged.'] : []),
  ]
}

function weightLines({ weights }: CellFiles, saved: string | undefined): readonly string[] {
  const kept = existsSync(weights.current) ? [weights] : []
  return [
    ...kept.flatMap(({ best, current }) => [
      `Best weights: ${relative(best)}`,
      `Weights of the end: ${relative(current)}`,
    ]),
    ...(saved === undefined ? [] : [`Saved the ${saved}`]),
  ]
}
