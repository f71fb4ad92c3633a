import path from 'node:path'
import { usageError } from '../command/errors.ts'
import { list, positiveNumber, seedList, wholeNumber } from '../command/flags.ts'
import { groups } from '../rows/groups.ts'
import type { PluginLists } from '../rows/plugin-rows.ts'
import { pluginKinds } from '../rows/plugins.ts'

/** Options that commands which run cells share. */
export const runArgs = {
  steps: {
    type: 'string',
    description: 'Training batches of each run; the workload knows the usual number',
    valueHint: 'N',
  },
  threads: { type: 'string', description: 'Threads of each run', valueHint: 'N', default: '1' },
  out: {
    type: 'string',
    description: 'Run folder; the same command with the same folder goes on where it stopped',
    valueHint: 'DIR',
  },
  json: { type: 'boolean', description: 'Print the report as JSON instead of a table' },
} as const

export const matrixArgs = {
  workload: { type: 'string', description: 'What is trained, such as digits/mlp', valueHint: 'NAME', required: true },
  rows: {
    type: 'string',
    description: `Rows, or groups of them (${Object.keys(groups).join(', ')}), comma-separated; demo by default`,
    valueHint: 'LIST',
  },
  seeds: { type: 'string', description: 'Number of seeds, or a list such as 0,4,7', valueHint: 'N', default: '3' },
  jobs: { type: 'string', description: 'Cells that run at a time', valueHint: 'N' },
  target: { type: 'string', description: "Validation loss to aim at, instead of tuned Adam's", valueHint: 'LOSS' },
  check: { type: 'boolean', description: 'Exit code 1 unless every stated aim holds (with --rows acceptance)' },
  'dry-run': { type: 'boolean', description: 'Print the cells and the expected time, run nothing' },
  direction: {
    type: 'string',
    description: 'Adds rows with these directions, by name, package or path',
    valueHint: 'LIST',
  },
  rate: { type: 'string', description: 'Adds rows with these rate rules', valueHint: 'LIST' },
  curvature: { type: 'string', description: 'Adds rows with these curvature estimators', valueHint: 'LIST' },
  noise: { type: 'string', description: 'Adds rows with these noise trackers', valueHint: 'LIST' },
  readout: { type: 'string', description: 'Adds rows with these readouts', valueHint: 'LIST' },
  ...runArgs,
} as const

/** What was asked for, checked. */
export interface RunOptions {
  readonly workload: string
  readonly rows: readonly string[] | undefined
  readonly plugins: PluginLists
  readonly seeds: readonly number[]
  readonly jobs: number | undefined
  readonly steps: number | undefined
  readonly threads: number
  readonly out: string
  readonly target: number | undefined
}

type Values<A> = { readonly [K in keyof A]?: string | boolean | undefined }

const text = (value: string | boolean | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined
const optional = <T>(value: string | boolean | undefined, parse: (given: string) => T): T | undefined =>
  typeof value === 'string' ? parse(value) : undefined

export function runOptions(args: Values<typeof matrixArgs>): RunOptions {
  const workload = text(args.workload)
  if (!workload) throw usageError('--workload needs a name.', 'For example --workload digits/mlp.')
  const rows = list(text(args.rows))
  if (rows?.length === 0) throw usageError('--rows names no row.')
  const plugins = Object.fromEntries(
    pluginKinds.flatMap((kind) => {
      const names = list(text(args[kind]))
      return names ? [[kind, names]] : []
    }),
  )
  return {
    workload,
    rows,
    plugins,
    seeds: seedList(text(args.seeds) ?? '3'),
    jobs: optional(args.jobs, (given) => wholeNumber('--jobs', given)),
    steps: optional(args.steps, (given) => wholeNumber('--steps', given)),
    threads: wholeNumber('--threads', text(args.threads) ?? '1'),
    out: path.resolve(text(args.out) ?? path.join('runs', workload.replaceAll('/', '-'))),
    target: optional(args.target, (given) => positiveNumber('--target', given)),
  }
}
