import { defineCommand } from 'citty'
import { dryRun, dryRunJson, dryRunText } from './dry-run.ts'
import { printData, printJson } from './output.ts'
import { perform, plan } from './perform.ts'
import { matrixArgs, runOptions } from './run-options.ts'

/** The command line again, for whoever reads the report. */
export const commandLine = (name: string, words: readonly string[]): string =>
  [
    'eos',
    name,
    ...words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)),
  ].join(' ')

export const matrix = defineCommand({
  meta: {
    name: 'matrix',
    description: 'Runs rows of the ablation matrix on a workload and reports; goes on where it stopped.',
  },
  args: matrixArgs,
  async run({ args, rawArgs }) {
    const options = runOptions(args)
    const manifest = await plan(options, commandLine('matrix', rawArgs))
    if (!args['dry-run'])
      return perform(manifest, options.out, { json: args.json === true, check: args.check === true })
    const planned = await dryRun(manifest, options.out)
    if (args.json) printJson(dryRunJson(planned))
    else printData(dryRunText(planned, manifest, options.out))
    return 0
  },
})
