import type { DType } from '@eos-sgd/graph'
import type { HostArray } from '../contracts/graph-types.ts'

type HostArrayConstructor = (new (
  buffer: ArrayBufferLike,
  offset: number,
  length: number,
) => HostArray) & {
  readonly BYTES_PER_ELEMENT: number
}

/** How an element type is written in a safetensors file and held on the host. */
export interface ElementType {
  readonly dtype: DType
  readonly code: string
  readonly array: HostArrayConstructor
}

export const elementTypes: readonly ElementType[] = [
  { dtype: 'float64', code: 'F64', array: Float64Array },
  { dtype: 'int64', code: 'I64', array: BigInt64Array },
  { dtype: 'float32', code: 'F32', array: Float32Array },
  { dtype: 'int32', code: 'I32', array: Int32Array },
  { dtype: 'bool', code: 'BOOL', array: Uint8Array },
]

/** Codes that other tools write and this one does not read. */
export const foreignCodes: ReadonlySet<string> = new Set(
  'F16 BF16 I16 I8 U8 U16 U32 U64 C64 F8_E4M3 F8_E5M2 F8_E8M0 F4 F6_E2M3 F6_E3M2'.split(' '),
)
