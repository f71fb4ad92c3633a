import { sizeOf } from '@eos-sgd/graph'
import type { Backend, DeviceTensor } from '../contracts/backend.ts'
import type { DType, HostArray } from '../contracts/graph-types.ts'
import type { Fields } from '../contracts/model.ts'

/** Device tensors of one batch, in equal pieces, and the host arrays through which they are filled. */
export interface BatchMemory {
  /** The tensors of each micro-batch; one piece where there is one. */
  readonly pieces: readonly Readonly<Record<string, DeviceTensor>>[]
  /** The whole batch: the memory of the tensors themselves where there is one piece and the device is the host. */
  readonly arrays: Readonly<Record<string, HostArray>>
  /** Copies the arrays to the device where they are not its own memory. */
  send(): void
  /** Takes over the first samples of a larger batch. */
  takeFrom(larger: BatchMemory): void
  dispose(): void
}

/** Memory for `size` samples in `count` equal pieces. */
export function allocateBatch(backend: Backend, fields: Fields, size: number, count = 1): BatchMemory {
  const pieces = Array.from({ length: count }, () =>
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [
        name,
        backend.allocate({ shape: [size / count, ...field.shape], dtype: field.dtype }),
      ]),
    ),
  )
  const [first] = pieces as [Record<string, DeviceTensor>]
  const arrays = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      (count === 1 && first[name]?.host) || hostArray(field.dtype, size * sizeOf(field.shape)),
    ]),
  )
  return {
    pieces,
    arrays,
    send() {
      for (const [name, array] of Object.entries(arrays)) {
        if (array === first[name]?.host) continue
        const length = array.length / count
        pieces.forEach((piece, i) => {
          backend.write(piece[name] as DeviceTensor, array.subarray(i * length, (i + 1) * length))
        })
      }
    },
    takeFrom(larger) {
      for (const [name, array] of Object.entries(arrays)) {
        const source = (larger.arrays[name] as HostArray).subarray(0, array.length)
        ;(array as { set(values: unknown): void }).set(source)
      }
    },
    dispose() {
      for (const piece of pieces) for (const tensor of Object.values(piece)) tensor.dispose()
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
