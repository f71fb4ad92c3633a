import type { NdArray } from '../array.ts'
import type { DType, TensorType } from '../type.ts'
import type { TensorProto, ValueInfo } from './schema.ts'

/** `TensorProto.DataType` of the element types that graphs may hold. */
export const dataTypes: Readonly<Record<DType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 }

/** An array as an ONNX tensor with raw little-endian data. float32 rounds to nearest. */
export const tensorOf = (name: string, value: NdArray): TensorProto => ({
  dims: value.shape,
  dataType: dataTypes[value.dtype],
  name,
  rawData: rawData(value),
})

/** Name and static type of a graph input or output. */
export const valueInfoOf = (name: string, type: TensorType): ValueInfo => ({
  name,
  type: { tensorType: { elemType: dataTypes[type.dtype], shape: { dim: type.shape.map((value) => ({ value })) } } },
})

/** The elements in ONNX's raw layout (little endian, as is every platform that runs JavaScript engines today). */
function rawData({ dtype, data }: NdArray): Uint8Array {
  return new Uint8Array(typed(dtype, data).buffer)
}

function typed(
  dtype: DType,
  data: Float64Array,
): Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(data)
    case 'float64':
      return Float64Array.from(data)
    case 'int32':
      return Int32Array.from(data)
    case 'int64':
      return BigInt64Array.from({ length: data.length }, (_, i) => BigInt(data[i] as number))
    case 'bool':
      return Uint8Array.from(data)
  }
}
