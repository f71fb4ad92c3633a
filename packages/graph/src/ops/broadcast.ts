import type { Tensor } from '../tensor.ts'
import { type Shape, sameShape, type TensorType } from '../type.ts'
import { constant } from './leaf.ts'
import { reduceSum } from './reduction.ts'
import { expand, reshape } from './shape.ts'

/** The adjoint of broadcasting: sums a tensor over the axes along which `shape` was repeated. */
export function unbroadcast(tensor: Tensor, shape: Shape): Tensor {
  if (sameShape(tensor.shape, shape)) return tensor
  const lead = tensor.shape.length - shape.length
  const axes = tensor.shape.flatMap((extent, axis) =>
    axis < lead || (shape[axis - lead] === 1 && extent !== 1) ? [axis] : [],
  )
  return reshape(reduceSum(tensor, axes, false), shape)
}

/** Repeats a tensor to a shape it broadcasts to; the identity where it has that shape already. */
export const broadcastLike = (tensor: Tensor, type: TensorType): Tensor =>
  sameShape(tensor.shape, type.shape) ? tensor : expand(tensor, type.shape)

/** A number as a scalar constant of the other operand's element type. */
export const lift = (value: Tensor | number, like: TensorType): Tensor =>
  typeof value === 'number' ? constant(value, [], like.dtype) : value
