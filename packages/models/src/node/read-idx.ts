import { readFile } from 'node:fs/promises'
import { EosError } from '@eos-sgd/core'
import { gunzip, isGzip } from '../gunzip.ts'
import { type IdxArray, parseIdx } from '../idx.ts'

/** Reads an IDX file, plain or gzipped. Throws `DATASET_MISSING` and, naming the file, `DATASET_CORRUPT`. */
export async function readIdx(file: string): Promise<IdxArray> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (cause) {
    throw new EosError('DATASET_MISSING', `${file} cannot be read.`, {
      hint: 'Fetch the data set, or correct the path.',
      cause,
    })
  }
  return parseIdx(isGzip(bytes) ? await gunzip(bytes, file) : bytes, file)
}
