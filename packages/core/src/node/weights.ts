import { EosError, showType } from '@eos-sgd/graph'
import type { StoredTensor } from '../checkpoint/checkpoint.ts'
import { decodeSafetensors } from '../checkpoint/decode.ts'
import { type SafetensorsMetadata, safetensorsParts } from '../checkpoint/encode.ts'
import { readPieces } from './read-file.ts'
import { writeFileAtomically } from './write-file.ts'

/** Parameters by name: what `Training.weights()` gives and a safetensors file of weights holds. */
export type Weights = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>

/** Writes weights as a safetensors file, which PyTorch, JAX and others read. Throws `FILE_WRITE`, `TENSOR_DATA`. */
export async function saveWeights(path: string, weights: Weights, metadata: SafetensorsMetadata = {}): Promise<void> {
  const tensors = Object.entries(weights).map(([name, { shape, data }]): [string, StoredTensor] => [
    name,
    { type: { shape, dtype: 'float32' }, data },
  ])
  await writeFileAtomically(path, safetensorsParts(Object.fromEntries(tensors), metadata))
}

/**
 * Reads weights from a safetensors file. Throws `FILE_READ`, `CHECKPOINT_CORRUPT` for a damaged file, and
 * `CHECKPOINT_TYPE` for tensors that are not float32.
 */
export async function loadWeights(path: string): Promise<Weights> {
  const bytes = await readPieces(path)
  if (!bytes) throw new EosError('FILE_READ', `There is no file ${path}.`)
  return Object.fromEntries(
    Object.entries(decodeSafetensors(bytes, path).tensors).map(([name, { type, data }]) => {
      if (!(data instanceof Float32Array))
        throw new EosError('CHECKPOINT_TYPE', `${path} holds "${name}" as ${showType(type)}, weights are float32.`, {
          hint: 'Convert it to F32.',
        })
      return [name, { shape: type.shape, data }]
    }),
  )
}
