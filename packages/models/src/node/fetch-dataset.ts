import path from 'node:path'
import { EosError } from '@eos-sgd/core'
import { fetchable } from './catalogue.ts'
import { dataFolder } from './data-folder.ts'
import { type RunCommand, runCommand } from './run-command.ts'
import { debianSource, folderSource, httpsSource, reasonOf, type Source } from './sources.ts'
import { type DatasetRecord, missingFiles, readRecord, storeFile, writeRecord } from './store.ts'

/** Options of {@link fetchDataset}. */
export interface FetchOptions {
  /** A folder that has the files already, plain or gzipped. */
  readonly from?: string
  /** Where to put them: a folder of the data set's name in {@link dataFolder} by default. */
  readonly into?: string
  /** Told in words what happens, failures included. */
  readonly onMessage?: (message: string) => void
  readonly signal?: AbortSignal
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch
  /** In place of running programs. */
  readonly run?: RunCommand
}

/** A data set on disk. */
export interface FetchedDataset extends DatasetRecord {
  readonly folder: string
}

/**
 * Brings a data set to this machine: from a local folder, else out of a Debian package (downloaded and unpacked, not
 * installed), else by HTTPS. Each way that fails says why through `onMessage`, and the next is tried; files that one
 * brought are kept, so that an interrupted fetch goes on where it stopped. Every file is checked against its sha256 and
 * written under a temporary name first. Nothing is done where the data set is there already.
 *
 * Throws `DATASET_UNKNOWN`; `DATASET_FETCH` with every reason when no way is left; `FILE_WRITE` when it cannot be written.
 * Cost for `fashion-mnist`: 31 MB of download, 55 MB of disk.
 */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<FetchedDataset> {
  const dataset = fetchable(name)
  const { from, into: folder = path.join(dataFolder(), name), onMessage = () => undefined, signal } = options
  const present = await readRecord(dataset, folder)
  if (present) {
    onMessage(`${name} is in ${folder} already.`)
    return { ...present, folder }
  }
  const sources: Source[] = [
    ...(from === undefined ? [] : [folderSource(from)]),
    debianSource(options.run ?? runCommand),
    httpsSource(options.fetch ?? fetch, signal),
  ]
  const failures: string[] = []
  for (const source of sources) {
    const missing = await missingFiles(dataset, folder)
    signal?.throwIfAborted()
    try {
      onMessage(`Getting ${name}: ${describe[source.name]} ...`)
      const version = await source.bring(dataset, missing, (file, bytes, origin) => {
        signal?.throwIfAborted()
        return storeFile(file, bytes, origin, folder)
      })
      const { licence, counts, files } = dataset
      const record: DatasetRecord = { name, licence, source: source.name, version, counts, files }
      await writeRecord(record, folder)
      onMessage(`${name} is in ${folder}, from ${version}.`)
      return { ...record, folder }
    } catch (error) {
      if ((error instanceof EosError && error.code === 'FILE_WRITE') || signal?.aborted) throw error
      const reason = `${describe[source.name]}: ${reasonOf(error)}`
      failures.push(reason)
      onMessage(`Failed, ${reason}`)
    }
  }
  throw new EosError('DATASET_FETCH', `${name} could not be fetched.\n  ${failures.join('\n  ')}\n `, {
    hint: `Get ${dataset.files.map((file) => `${file.name}.gz`).join(', ')} from ${dataset.url} by other means, and name their folder as the source.`,
  })
}

const describe: Readonly<Record<Source['name'], string>> = {
  folder: 'from the folder named',
  debian: 'as a Debian package',
  https: 'over HTTPS',
}
