import { OrtError } from './error.ts'

/** Host memory of a tensor, row-major, by element type; `bool` is one byte, 0 or 1. */
export interface HostArrays {
  float32: Float32Array
  float64: Float64Array
  int32: Int32Array
  int64: BigInt64Array
  bool: Uint8Array
  uint8: Uint8Array
}

/** Element types that both ONNX Runtime and JavaScript hold. */
export type ElementType = keyof HostArrays

export type HostArray = HostArrays[ElementType]

interface Element {
  /** `ONNXTensorElementDataType` of the C API. */
  readonly code: number
  /** Bytes per element. */
  readonly bytes: number
  readonly view: new (buffer: ArrayBuffer, offset: number, length: number) => HostArray
}

/** What the engine needs to know of each element type. */
export const elements: Readonly<Record<ElementType, Element>> = {
  float32: { code: 1, bytes: 4, view: Float32Array },
  uint8: { code: 2, bytes: 1, view: Uint8Array },
  int32: { code: 6, bytes: 4, view: Int32Array },
  int64: { code: 7, bytes: 8, view: BigInt64Array },
  bool: { code: 9, bytes: 1, view: Uint8Array },
  float64: { code: 11, bytes: 8, view: Float64Array },
}

/** Number of elements of a static shape. Throws `ORT_SHAPE` unless every extent is a non-negative integer. */
export function elementCount(shape: readonly number[]): number {
  let count = 1
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 0)
      throw new OrtError('ORT_SHAPE', `A tensor cannot have the shape [${shape.join(', ')}].`, {
        hint: 'Every extent must be a non-negative integer, known before the program is compiled.',
      })
    count *= extent
  }
  return count
}
