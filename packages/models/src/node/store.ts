import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { EosError } from '@eos-sgd/core'
import { writeFileAtomically } from '@eos-sgd/core/node'
import { gunzip, isGzip } from '../gunzip.ts'
import type { FetchableDataset, FetchedFile } from './catalogue.ts'

const recordName = 'dataset.json'

/** What was fetched: written last, so that a folder with a record is whole. */
export interface DatasetRecord {
  readonly name: string
  readonly licence: string
  /** `folder`, `debian` or `https`, of the last file that was brought. */
  readonly source: string
  /** Path, package with version, or address. */
  readonly version: string
  readonly counts: Readonly<Record<string, number>>
  readonly files: readonly FetchedFile[]
}

/** The record of a folder, or undefined where a file is missing or of the wrong length. */
export async function readRecord(dataset: FetchableDataset, folder: string): Promise<DatasetRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(path.join(folder, recordName), 'utf8')) as DatasetRecord
    const sizes = await Promise.all(dataset.files.map(async ({ name }) => (await stat(path.join(folder, name))).size))
    const whole = record.name === dataset.name && dataset.files.every(({ bytes }, i) => sizes[i] === bytes)
    return whole ? record : undefined
  } catch {
    return undefined
  }
}

export const writeRecord = (record: DatasetRecord, folder: string): Promise<void> =>
  writeFileAtomically(path.join(folder, recordName), `${JSON.stringify(record, null, 2)}\n`)

/** Files that are not in the folder yet, or not as they should be. */
export async function missingFiles(dataset: FetchableDataset, folder: string): Promise<FetchedFile[]> {
  const good = await Promise.all(
    dataset.files.map(async ({ name, bytes, sha256 }) => {
      const file = path.join(folder, name)
      if (!existsSync(file) || (await stat(file)).size !== bytes) return false
      return hash(await readFile(file)) === sha256
    }),
  )
  return dataset.files.filter((_, i) => !good[i])
}

/**
 * Unpacks, checks and stores a file that a source brought, under `from` in messages. Throws `DATASET_CORRUPT` where it
 * is not the file it should be, `FILE_WRITE` where it cannot be written; nothing half-written ever bears its name.
 */
export async function storeFile(file: FetchedFile, bytes: Uint8Array, from: string, folder: string): Promise<void> {
  const unpacked = isGzip(bytes) ? await gunzip(bytes, from) : bytes
  if (unpacked.length !== file.bytes || hash(unpacked) !== file.sha256)
    throw new EosError(
      'DATASET_CORRUPT',
      `${from} is not the ${file.name} it should be: its checksum differs (${unpacked.length} bytes, expected ${file.bytes}).`,
      {
        hint: 'Replace it by a good copy.',
      },
    )
  await writeFileAtomically(path.join(folder, file.name), unpacked)
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
