import { type NdArray, ndarray } from '../array.ts'
import { EosError } from '../error.ts'
import { nodesOf } from '../graph.ts'
import { interpret } from '../interpret.ts'
import { Constant, Input } from '../ops/leaf.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, type Shape, sizeOf } from '../type.ts'
import type { TensorProto } from './schema.ts'
import { dataTypes } from './tensors.ts'

/** More elements than any tensor of a file may have; more axes too. */
const mostElements = 2 ** 31
const mostAxes = 32

/** The element type of an ONNX data type number; throws `ONNX_UNSUPPORTED` for those that graphs do not hold. */
export function dtypeOf(dataType: number | undefined, owner: string): DType {
  const found = Object.entries(dataTypes).find(([, number]) => number === dataType)
  if (found) return found[0] as DType
  throw new EosError('ONNX_UNSUPPORTED', `${owner} has ONNX element type ${dataType}, which is not supported.`, {
    hint: `Supported: ${Object.keys(dataTypes).join(', ')}.`,
  })
}

/** Checks extents that came from a file; throws `ONNX_SHAPE`. */
export function checkedShape(shape: readonly (number | undefined)[], owner: string, least = 0): Shape {
  const odd = shape.length > mostAxes || shape.some((e) => e === undefined || !Number.isInteger(e) || e < least)
  if (odd || sizeOf(shape as Shape) > mostElements)
    throw new EosError('ONNX_SHAPE', `${owner} has the shape [${shape.slice(0, mostAxes).join(', ')}].`, {
      hint: `Extents must be known and at least ${least}, with at most 2^31 elements in all.`,
    })
  return shape as Shape
}

/** The value of an ONNX tensor. Throws `ONNX_CORRUPT` when data and shape disagree, `ONNX_UNSUPPORTED`, `ONNX_SHAPE`. */
export function arrayOf(tensor: TensorProto, owner: string): NdArray {
  const dtype = dtypeOf(tensor.dataType, owner)
  const shape = checkedShape(tensor.dims ?? [], owner)
  if (tensor.dataLocation === 1 || tensor.externalData)
    throw new EosError('ONNX_UNSUPPORTED', `${owner} lies in another file.`, {
      hint: 'Save the model with its weights inside.',
    })
  const values = tensor.rawData ? fromRaw(tensor.rawData, dtype, sizeOf(shape), owner) : listOf(tensor, dtype)
  if (values.length !== sizeOf(shape))
    throw new EosError(
      'ONNX_CORRUPT',
      `${owner} has ${values.length} elements where its shape [${shape.join(', ')}] has ${sizeOf(shape)}.`,
    )
  return ndarray(values, shape, dtype)
}

function listOf(tensor: TensorProto, dtype: DType): readonly number[] {
  const lists = {
    float32: tensor.floatData,
    float64: tensor.doubleData,
    int64: tensor.int64Data,
    int32: tensor.int32Data,
    bool: tensor.int32Data,
  }
  return lists[dtype] ?? []
}

const widths = { float32: 4, float64: 8, int32: 4, int64: 8, bool: 1 } as const

function fromRaw(raw: Uint8Array, dtype: DType, size: number, owner: string): ArrayLike<number> {
  if (raw.length !== size * widths[dtype])
    throw new EosError(
      'ONNX_CORRUPT',
      `${owner} has ${raw.length} bytes where its shape needs ${size * widths[dtype]}.`,
    )
  const { buffer } = raw.slice()
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer)
    case 'float64':
      return new Float64Array(buffer)
    case 'int32':
      return new Int32Array(buffer)
    case 'int64':
      return Float64Array.from(new BigInt64Array(buffer), Number)
    case 'bool':
      return new Uint8Array(buffer)
  }
}

/** Most nodes and elements that are computed while reading, to find the value of a shape or of axes. */
const mostComputed = 4096

/** The value of a tensor that depends on constants only and is small; undefined for any other. */
export function knownValue(tensor: Tensor): NdArray | undefined {
  if (tensor.node.operator === Constant) return tensor.node.attributes.value as NdArray
  const nodes = nodesOf([tensor])
  const elements = nodes.reduce((sum, node) => sum + node.outputs.reduce((all, x) => all + sizeOf(x.shape), 0), 0)
  if (nodes.length > mostComputed || elements > mostComputed || nodes.some(({ operator }) => operator === Input))
    return undefined
  return interpret({ name: 'constant', inputs: {}, outputs: { value: tensor } }).value
}
