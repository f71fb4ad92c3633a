import { apply1 } from '../apply.ts'
import type { NdArray } from '../array.ts'
import { EosError } from '../error.ts'
import { defineOp } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat, showType, sizeOf, type TensorType } from '../type.ts'
import { add, mul, sub } from './arithmetic.ts'
import { exp, log } from './elementary.ts'
import { stopGradient } from './leaf.ts'
import { reduceMax, reduceSum } from './reduction.ts'
import { reshape } from './shape.ts'

/**
 * Probabilities `exp x / sum exp x` along an axis, shifted by the maximum, so that nothing overflows.
 * With `y` the result, `dy = y (dx - sum y dx)`.
 */
export const Softmax = defineOp({
  type: 'Softmax',
  attributes: { axis: 'int' },
  infer: ([x], { axis }) => {
    const { shape, dtype } = x as TensorType
    if (!((axis as number) >= 0 && (axis as number) < shape.length))
      throw new EosError('SHAPE', `Axis ${String(axis)} does not fit ${showType(x as TensorType)}.`)
    if (!isFloat(dtype))
      throw new EosError('DTYPE', `Needs a float tensor, got ${showType(x as TensorType)}.`, { hint: 'Cast it.' })
    return [{ shape, dtype }]
  },
  evaluate: ([x], { axis }) => {
    const { shape, dtype, data } = x as NdArray
    const [extent, stride] = [shape[axis as number] as number, sizeOf(shape.slice((axis as number) + 1))]
    const result = new Float64Array(data.length)
    for (let start = 0; start < data.length; start++) {
      if (Math.floor(start / stride) % extent !== 0) continue
      const places = Array.from({ length: extent }, (_, i) => start + i * stride)
      const most = Math.max(...places.map((place) => data[place] as number))
      const powers = places.map((place) => Math.exp((data[place] as number) - most))
      const sum = powers.reduce((total, power) => total + power, 0)
      places.forEach((place, i) => {
        result[place] = (powers[i] as number) / sum
      })
    }
    return [{ shape, dtype, data: result }]
  },
  tangent: (node, [dx]) => {
    if (!dx) return [undefined]
    const y = node.outputs[0] as Tensor
    return [mul(y, sub(dx, reduceSum(mul(y, dx), [node.attributes.axis as number], true)))]
  },
})

/** Probabilities `exp x / sum exp x` along an axis (the last by default); exact for `x` of any size. */
export const softmax = (x: Tensor, axis = -1): Tensor =>
  apply1(Softmax, [x], { axis: axis < 0 ? axis + x.shape.length : axis })

/** `x - log sum exp x` along an axis: logarithms of probabilities, exact for large and small `x`. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor => sub(x, reduceLogSumExp(x, [axis], true))

/**
 * `log sum exp x` over axes (all by default), shifted by the maximum; its derivative is the softmax. Written out in
 * five passes over `x`: ONNX's operator of that name takes three times as long on a processor.
 */
export function reduceLogSumExp(
  x: Tensor,
  axes: readonly number[] = x.shape.map((_, axis) => axis),
  keepdims = false,
): Tensor {
  if (axes.length === 0) return x
  // Any shift gives the same value, so that no derivative goes through it.
  const shift = stopGradient(reduceMax(x, axes, true))
  const sum = add(log(reduceSum(exp(sub(x, shift)), axes, true)), shift)
  if (keepdims) return sum
  const positive = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis))
  return reshape(
    sum,
    x.shape.filter((_, axis) => !positive.includes(axis)),
  )
}
