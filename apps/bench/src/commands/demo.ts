import path from 'node:path'
import { defineCommand } from 'citty'
import { commandLine } from './matrix.ts'
import { note } from './output.ts'
import { perform, plan } from './perform.ts'
import { runArgs, runOptions } from './run-options.ts'

export const demo = defineCommand({
  meta: {
    name: 'demo',
    description:
      'The main job on the digits that the package carries: the default against its ablations and baselines.',
  },
  args: { steps: runArgs.steps, out: { ...runArgs.out, default: path.join('runs', 'demo') }, json: runArgs.json },
  async run({ args, rawArgs }) {
    const options = runOptions({
      workload: 'digits/mlp',
      seeds: '3',
      jobs: '2',
      threads: '1',
      steps: args.steps,
      out: args.out,
    })
    const manifest = await plan(options, commandLine('demo', rawArgs))
    note(`${manifest.cells.length} training runs on 1,797 handwritten digits, two at a time with one thread each.`)
    return perform(manifest, options.out, { json: args.json === true })
  },
})
