import { EosError, showType, sizeOf } from '@eos-sgd/graph'
import type { StoredTensor } from './checkpoint.ts'
import { elementTypes } from './element-types.ts'

/** Text that travels with the tensors. */
export type SafetensorsMetadata = Readonly<Record<string, string>>

/**
 * A safetensors file in its pieces, so that it can be written without a second copy of the tensors: eight bytes of
 * header length and the JSON header first, then views of the tensors' own memory. Wide elements come first and the
 * header is padded to eight bytes, so every tensor lies aligned.
 *
 * Throws `TENSOR_DATA` for a tensor whose array has not its type's class or length, and for the reserved name.
 */
export function safetensorsParts(
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata: SafetensorsMetadata = {},
): Uint8Array[] {
  const header: [string, unknown][] = []
  if (Object.keys(metadata).length > 0) header.push(['__metadata__', metadata])
  const parts: Uint8Array[] = []
  let offset = 0
  for (const element of elementTypes)
    for (const [name, tensor] of Object.entries(tensors)) {
      if (tensor.type.dtype !== element.dtype) continue
      checkTensor(name, tensor, element.array)
      const { buffer, byteOffset, byteLength } = tensor.data
      header.push([name, entry(element.code, tensor.type.shape, offset, byteLength)])
      parts.push(new Uint8Array(buffer, byteOffset, byteLength))
      offset += byteLength
    }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  const length = Math.ceil(json.length / 8) * 8
  const head = new Uint8Array(8 + length).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true)
  head.set(json, 8)
  return [head, ...parts]
}

/** The bytes of a safetensors file: {@link safetensorsParts} in one array. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata: SafetensorsMetadata = {},
): Uint8Array {
  const parts = safetensorsParts(tensors, metadata)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const entry = (dtype: string, shape: readonly number[], offset: number, length: number): object => ({
  dtype,
  shape,
  data_offsets: [offset, offset + length],
})

function checkTensor(
  name: string,
  { type, data }: StoredTensor,
  array: abstract new (...args: never[]) => object,
): void {
  if (name === '__metadata__')
    throw new EosError('TENSOR_DATA', 'No tensor can be named "__metadata__" in a safetensors file.')
  if (!(data instanceof array))
    throw new EosError(
      'TENSOR_DATA',
      `Tensor "${name}" is ${showType(type)}, but its data is a ${data.constructor.name}.`,
      {
        hint: `Give it as a ${array.name}.`,
      },
    )
  if (data.length !== sizeOf(type.shape))
    throw new EosError(
      'TENSOR_DATA',
      `Tensor "${name}" is ${showType(type)}, but its data has ${data.length} elements.`,
    )
}
