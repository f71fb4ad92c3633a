import { sizeOf } from '@eos-sgd/graph'
import type { Backend, DeviceTensor } from '../contracts/backend.ts'
import type { DType, HostArray } from '../contracts/graph-types.ts'
import type { Fields } from '../contracts/model.ts'

/** Device tensors of one batch, and the host arrays through which they are filled: the same memory where possible. */
export interface BatchMemory {
  readonly tensors: Readonly<Record<string, DeviceTensor>>
  readonly arrays: Readonly<Record<string, HostArray>>
  /** Copies the arrays to the device where they are not its own memory. */
  send(): void
  /** Takes over the first samples of a larger batch. */
  takeFrom(larger: BatchMemory): void
  dispose(): void
}

export function allocateBatch(backend: Backend, fields: Fields, size: number): BatchMemory {
  const tensors: Record<string, DeviceTensor> = {}
  const arrays: Record<string, HostArray> = {}
  for (const [name, field] of Object.entries(fields)) {
    const tensor = backend.allocate({ shape: [size, ...field.shape], dtype: field.dtype })
    tensors[name] = tensor
    arrays[name] = tensor.host ?? hostArray(field.dtype, size * sizeOf(field.shape))
  }
  return {
    tensors,
    arrays,
    send() {
      for (const [name, tensor] of Object.entries(tensors))
        if (!tensor.host) backend.write(tensor, arrays[name] as HostArray)
    },
    takeFrom(larger) {
      for (const [name, array] of Object.entries(arrays)) {
        const source = (larger.arrays[name] as HostArray).subarray(0, array.length)
        ;(array as { set(values: unknown): void }).set(source)
      }
    },
    dispose() {
      for (const tensor of Object.values(tensors)) tensor.dispose()
    },
  }
}

/** Zeroed host memory for `size` elements. */
export function hostArray(dtype: DType, size: number): HostArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(size)
    case 'float64':
      return new Float64Array(size)
    case 'int64':
      return new BigInt64Array(size)
    case 'int32':
      return new Int32Array(size)
    case 'bool':
      return new Uint8Array(size)
  }
}
