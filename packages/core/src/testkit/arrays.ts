import { type DType, type NdArray, ndarray, type Shape, sizeOf, type TensorType } from '@eos-sgd/graph'
import type { HostArray } from '../contracts/graph-types.ts'
import { counterRandom } from '../random/index.ts'
import { hostArray } from '../train/batch-memory.ts'

/** The host memory that a backend takes for a value of the interpreter. */
export function toHost({ dtype, data }: NdArray): HostArray {
  const out = hostArray(dtype, data.length)
  data.forEach((value, i) => {
    out[i] = out instanceof BigInt64Array ? BigInt(value) : value
  })
  return out
}

/** Host memory as plain numbers. */
export const numbers = (data: HostArray): number[] => Array.from(data as Float64Array, Number)

/** Host memory as bytes, for comparisons bit by bit. */
export const bits = (data: HostArray): number[] => [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]

/** Standard normal values that float32 holds exactly. */
export function normals(shape: Shape, ...stream: readonly (number | string)[]): NdArray {
  const random = counterRandom(0, 'testkit', ...stream)
  return ndarray(
    Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal())),
    shape,
  )
}

/** Whole numbers from 0 to `below - 1`. */
export function integers(shape: Shape, below: number, dtype: DType, ...stream: readonly (number | string)[]): NdArray {
  const random = counterRandom(0, 'testkit', ...stream)
  return ndarray(
    Array.from({ length: sizeOf(shape) }, () => random.integer(below)),
    shape,
    dtype,
  )
}

/** The values 1, 2, 3 ... of a type; bool alternates. */
export const counting = ({ shape, dtype }: TensorType): NdArray =>
  ndarray(
    Array.from({ length: sizeOf(shape) }, (_, i) => (dtype === 'bool' ? i % 2 : i + 1)),
    shape,
    dtype,
  )
