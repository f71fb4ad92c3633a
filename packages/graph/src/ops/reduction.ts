import { apply1 } from '../apply.ts'
import { type NdArray, stridesOf } from '../array.ts'
import { EosError } from '../error.ts'
import { type Attributes, defineOp, type Operator } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat, type Shape, showType, sizeOf, type TensorType } from '../type.ts'
import { div, mul } from './arithmetic.ts'
import { cast, equal } from './comparison.ts'
import { expand, reshape } from './shape.ts'

interface Reduction {
  readonly type: string
  /** The reduced value of one slice. */
  readonly of: (values: Float64Array) => number
  readonly tangent: Operator['tangent']
  readonly transpose?: Operator['transpose']
}

/** A reduction over constant axes; `keepdims` keeps them with extent 1. */
const reduction = ({ type, of, tangent, transpose }: Reduction): Operator =>
  defineOp({
    type,
    attributes: { keepdims: 'int' },
    operands: [{ attribute: 'axes', input: 1 }],
    infer: ([x], attributes) => {
      const { shape, dtype } = x as TensorType
      const axes = attributes.axes as readonly number[]
      // An empty list means "all axes" to ONNX, so a reduction over none is never made: the builders return its value.
      if (axes.length === 0 || axes.some((axis) => !(axis >= 0 && axis < shape.length)))
        throw new EosError('SHAPE', `Axes [${axes.join(', ')}] do not fit ${showType(x as TensorType)}.`)
      if (!isFloat(dtype))
        throw new EosError('DTYPE', `Needs a float tensor, got ${showType(x as TensorType)}.`, { hint: 'Cast it.' })
      return [{ shape: reducedShape(shape, axes, attributes.keepdims === 1), dtype }]
    },
    evaluate: ([x], attributes, [output]) => [
      { ...(output as TensorType), data: reduce(x as NdArray, attributes.axes as readonly number[], of) },
    ],
    tangent,
    ...(transpose ? { transpose } : {}),
  })

/** Sum over axes. */
export const ReduceSum = reduction({
  type: 'ReduceSum',
  of: (values) => values.reduce((sum, value) => sum + value, 0),
  tangent: 'linear',
  transpose: (node, [cotangent]) => cotangent && spread(cotangent, node.inputs[0] as Tensor, node.attributes),
})

/** Mean over axes. */
export const ReduceMean = reduction({
  type: 'ReduceMean',
  of: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  tangent: 'linear',
  transpose: (node, [cotangent]) => {
    const [x] = node.inputs as [Tensor]
    const count = sizeOf(x.shape) / sizeOf((node.outputs[0] as Tensor).shape)
    return cotangent && spread(div(cotangent, count), x, node.attributes)
  },
})

/** Sum of squares over axes. */
export const ReduceSumSquare = reduction({
  type: 'ReduceSumSquare',
  of: (values) => values.reduce((sum, value) => sum + value * value, 0),
  tangent: (node, [dx]) => {
    const [x] = node.inputs as [Tensor]
    return [dx && mul(again(ReduceSum, node.attributes, mul(x, dx)), 2)]
  },
})

/** Largest element over axes; the elements that tie for it share the tangent equally. */
export const ReduceMax = reduction({
  type: 'ReduceMax',
  of: (values) => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  tangent: (node, [dx]) => {
    if (!dx) return [undefined]
    const [x] = node.inputs as [Tensor]
    const output = node.outputs[0] as Tensor
    const chosen = cast(equal(x, spread(output, x, node.attributes)), x.dtype)
    return [div(again(ReduceSum, node.attributes, mul(chosen, dx)), again(ReduceSum, node.attributes, chosen))]
  },
})

/** Index (int64) of the first largest element along an axis. */
export const ArgMax = defineOp({
  type: 'ArgMax',
  attributes: { axis: 'int', keepdims: 'int' },
  infer: ([x], attributes) => {
    const { shape } = x as TensorType
    const axis = attributes.axis as number
    if (!(axis >= 0 && axis < shape.length))
      throw new EosError('SHAPE', `Axis ${axis} does not fit ${showType(x as TensorType)}.`)
    return [{ shape: reducedShape(shape, [axis], attributes.keepdims === 1), dtype: 'int64' }]
  },
  evaluate: ([x], attributes, [output]) => {
    const first = (values: Float64Array): number =>
      values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0)
    return [{ ...(output as TensorType), data: reduce(x as NdArray, [attributes.axis as number], first) }]
  },
  tangent: 'zero',
})

/** A reduction's builder; `ofNone` is its value over no axes, which is elementwise. */
const build =
  (operator: Operator, ofNone: (x: Tensor) => Tensor = (x) => x) =>
  (x: Tensor, axes: readonly number[] = allAxes(x), keepdims = false): Tensor => {
    if (axes.length === 0) return ofNone(x)
    const positive = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis))
    return apply1(operator, [x], { axes: positive, keepdims: Number(keepdims) })
  }

/** Sum over `axes` (all by default); negative axes count from the end. */
export const reduceSum = build(ReduceSum)
export const reduceMean = build(ReduceMean)
export const reduceSumSquare = build(ReduceSumSquare, (x) => mul(x, x))
export const reduceMax = build(ReduceMax)
export const argMax = (x: Tensor, axis: number): Tensor =>
  apply1(ArgMax, [x], { axis: axis < 0 ? axis + x.shape.length : axis, keepdims: 0 })

const allAxes = (x: Tensor): number[] => x.shape.map((_, axis) => axis)

const again = (operator: Operator, attributes: Attributes, x: Tensor): Tensor => apply1(operator, [x], attributes)

/** The adjoint of a sum over axes: the reduced tensor repeated over them. */
function spread(reduced: Tensor, like: Tensor, attributes: Attributes): Tensor {
  const kept = reducedShape(like.shape, attributes.axes as readonly number[], true)
  return expand(reshape(reduced, kept), like.shape)
}

const reducedShape = (shape: Shape, axes: readonly number[], keep: boolean): Shape =>
  shape.flatMap((extent, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [extent]))

/** Applies `of` to every slice along the reduced axes. */
function reduce(x: NdArray, axes: readonly number[], of: (values: Float64Array) => number): Float64Array {
  const strides = stridesOf(x.shape)
  const offsets = (included: boolean): number[] => {
    let list = [0]
    x.shape.forEach((extent, axis) => {
      if (axes.includes(axis) !== included) return
      list = list.flatMap((base) => Array.from({ length: extent }, (_, i) => base + i * (strides[axis] as number)))
    })
    return list
  }
  const inner = offsets(true)
  const values = new Float64Array(inner.length)
  return Float64Array.from(offsets(false), (base) => {
    for (let i = 0; i < inner.length; i++) values[i] = x.data[base + (inner[i] as number)] as number
    return of(values)
  })
}
