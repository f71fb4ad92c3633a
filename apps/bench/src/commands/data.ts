import { dataFolder, fetchableDatasets, fetchDataset } from '@eos-sgd/models/node'
import { defineCommand } from 'citty'
import { unknownName } from '../command/errors.ts'
import { note, printData, printJson, untilStopped } from './output.ts'

const fetchCommand = defineCommand({
  meta: {
    name: 'fetch',
    description:
      'Brings a data set to this machine: from a folder, a Debian package, or HTTPS, in that order; checked.',
  },
  args: {
    dataset: { type: 'positional', required: true, description: Object.keys(fetchableDatasets).join(', ') },
    from: { type: 'string', description: 'A folder that has the files, plain or gzipped', valueHint: 'DIR' },
    into: { type: 'string', description: 'Where to put them', valueHint: 'DIR' },
    json: { type: 'boolean', description: 'Print what was fetched as JSON' },
  },
  async run({ args }) {
    if (!Object.hasOwn(fetchableDatasets, args.dataset))
      throw unknownName('data set', args.dataset, Object.keys(fetchableDatasets))
    const fetched = await untilStopped((signal) =>
      fetchDataset(args.dataset, {
        ...(args.from === undefined ? {} : { from: args.from }),
        ...(args.into === undefined ? {} : { into: args.into }),
        onMessage: note,
        signal,
      }),
    )
    if (args.json) printJson(fetched)
    else printData(fetched.folder)
    return 0
  },
})

export const data = defineCommand({
  meta: { name: 'data', description: `Data sets that are fetched on request; they lie in ${dataFolder()}.` },
  subCommands: { fetch: fetchCommand },
})
