import { existsSync } from 'node:fs'
import path from 'node:path'
import { EosError } from '@eos-sgd/core'
import { writeFileAtomically } from '@eos-sgd/core/node'
import { findWorkload } from '@eos-sgd/models/node'
import { defineCommand } from 'citty'
import { usageError } from '../command/errors.ts'
import { list, positiveNumber } from '../command/flags.ts'
import { onDisk } from '../matrix/disk.ts'
import { runFolder } from '../matrix/run-folder.ts'
import { runMatrix } from '../matrix/run-matrix.ts'
import type { RowSpec } from '../matrix/spec.ts'
import { progressView } from '../progress/view.ts'
import { lossText } from '../report/numbers.ts'
import { bestTrial, tune } from '../tune/tune.ts'
import {
  grids,
  readTuned,
  type TunedAlgorithm,
  type TunedRates,
  tunedAlgorithms,
  tunedFile,
  tunedSchema,
} from '../tune/tuned-rates.ts'
import { commandLine } from './matrix.ts'
import { note, printData, printJson, untilStopped } from './output.ts'
import { makeManifest } from './perform.ts'
import { matrixArgs, runArgs, runOptions } from './run-options.ts'

/** Rates are chosen on this seed. */
const seed = 0

export const tuneCommand = defineCommand({
  meta: {
    name: 'tune',
    description:
      'Chooses the rate of a baseline: runs a grid on seed 0, extends it where the best is at an end, records it.',
  },
  args: {
    workload: matrixArgs.workload,
    algorithm: { type: 'enum', options: [...tunedAlgorithms], description: 'Which baseline', required: true },
    rates: {
      type: 'string',
      description: 'Rates to try, comma-separated; the grid of the baseline by default',
      valueHint: 'LIST',
    },
    result: { type: 'string', description: 'File to write instead of the committed one', valueHint: 'FILE' },
    jobs: matrixArgs.jobs,
    ...runArgs,
  },
  async run({ args, rawArgs }) {
    const algorithm = args.algorithm as TunedAlgorithm
    const rates = list(args.rates)?.map((rate) => positiveNumber('--rates', rate)) ?? grids[algorithm]
    if (rates.length === 0 || new Set(rates).size !== rates.length) throw usageError('--rates needs different rates.')
    const workload = findWorkload(args.workload)
    await workload.load()
    const out = args.out ?? path.join('runs', `tune-${workload.name.replaceAll('/', '-')}-${algorithm}`)
    const options = runOptions({
      workload: workload.name,
      seeds: `${seed},`,
      jobs: args.jobs ?? '2',
      steps: args.steps,
      threads: args.threads,
      out,
    })
    const file = args.result === undefined ? tunedFile(workload.name) : path.resolve(args.result)
    const before = readTuned(file)
    const command = commandLine('tune', rawArgs)
    const rowOf = (rate: number): RowSpec => ({ name: `${algorithm}-tuned`, rate })
    let versions: Readonly<Record<string, string>> = {}
    let tried: readonly number[] = []
    const trials = await untilStopped((signal) =>
      tune(rates, async (more) => {
        tried = [...tried, ...more]
        const manifest = await makeManifest(workload, tried.map(rowOf), options, command)
        const run = runFolder(options.out)
        const { failed } = await runMatrix(run, manifest, {
          view: progressView(`eos tune ${workload.name} ${algorithm}`, process.stderr),
          signal,
        })
        if (failed[0])
          throw new EosError(
            'TUNE',
            `${algorithm} at rate ${failed[0].cell.spec.row.rate} failed: ${failed[0].reason.replace(/^\[eos\] /, '')}`,
          )
        versions = manifest.cells[0]?.spec.versions ?? {}
        return manifest.cells.flatMap(({ id, spec }) => {
          const result = run.result(id)
          return result?.status === 'done' && more.includes(spec.row.rate as number)
            ? [{ rate: spec.row.rate as number, summary: result.summary }]
            : []
        })
      }),
    )
    const best = bestTrial(trials)
    if (!best)
      throw new EosError('TUNE', `No rate of ${trials.map(({ rate }) => rate).join(', ')} ended with a finite loss.`, {
        hint: 'Give lower ones with --rates.',
      })
    const steps = options.steps ?? workload.steps
    const kept = before?.steps === steps ? before.algorithms : {}
    const tuned: TunedRates = {
      schema: tunedSchema,
      workload: workload.name,
      steps,
      algorithms: { ...kept, [algorithm]: { rate: best.rate, seed, command, trials, versions } },
    }
    await onDisk(file, () => writeFileAtomically(file, `${JSON.stringify(tuned, null, 2)}\n`))
    note(`${existsSync(file) ? 'Wrote' : 'Could not write'} ${path.relative(process.cwd(), file)}`)
    if (args.json) printJson(tuned)
    else
      printData(
        [
          `rate      final loss  best loss`,
          ...trials.map(
            ({ rate, finalLoss, bestLoss, diverged }) =>
              `${String(rate).padEnd(9)} ${lossText(finalLoss).padStart(10)} ${lossText(bestLoss).padStart(10)}${rate === best.rate ? '  <- lowest' : ''}${diverged ? '  diverged' : ''}`,
          ),
        ].join('\n'),
      )
    return 0
  },
})
