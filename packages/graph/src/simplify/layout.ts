import { apply1 } from '../apply.ts'
import type { Operator } from '../operator.ts'
import { Transpose, transpose } from '../ops/linear-algebra.ts'
import { ReduceMax, ReduceMean, ReduceSum, ReduceSumSquare } from '../ops/reduction.ts'
import { Expand, expand, Reshape, reshape } from '../ops/shape.ts'
import type { Tensor } from '../tensor.ts'
import { type Shape, sameShape, sizeOf } from '../type.ts'
import type { Rule, Uses } from './rewrite.ts'

/** Reshapes of reshapes, reshapes that change nothing, and those of one repeated element. */
export const reshapes: Rule = (node) => {
  if (node.operator !== Reshape) return
  const [x] = node.inputs as [Tensor]
  const { shape } = node.outputs[0] as Tensor
  if (sameShape(x.shape, shape)) return x
  if (x.node.operator === Reshape) return reshape(x.node.inputs[0] as Tensor, shape)
  return ofOneElement(x, shape)
}

/** Transposes of transposes, those that move nothing, and those that only move axes of extent 1. */
export const transposes: Rule = (node) => {
  if (node.operator !== Transpose) return
  const [x] = node.inputs as [Tensor]
  const perm = node.attributes.perm as readonly number[]
  const { shape } = node.outputs[0] as Tensor
  if (perm.every((axis, i) => axis === i)) return x
  if (x.node.operator === Transpose) return transpose(x, perm)
  const long = perm.filter((axis) => x.shape[axis] !== 1)
  if (long.every((axis, i) => i === 0 || axis > (long[i - 1] as number))) return reshape(x, shape)
  return ofOneElement(x, shape)
}

/** Expands of expands and those that repeat nothing. */
export const expands: Rule = (node) => {
  if (node.operator !== Expand) return
  const [x] = node.inputs as [Tensor]
  const { shape } = node.outputs[0] as Tensor
  if (sameShape(x.shape, shape)) return x
  return x.node.operator === Expand ? expand(x.node.inputs[0] as Tensor, shape) : undefined
}

const reductions = new Set<Operator>([ReduceSum, ReduceMean, ReduceSumSquare, ReduceMax])

/** A reduction and the Reshape that puts its axes back, or drops them, are one reduction. */
export const reducedShapes: Rule = (node, uses: Uses) => {
  const [x] = node.inputs
  if (node.operator !== Reshape || !x || !reductions.has(x.node.operator) || uses(x) !== 1) return
  const { operator, attributes, inputs } = x.node
  const other = apply1(operator, inputs, { ...attributes, keepdims: attributes.keepdims === 1 ? 0 : 1 })
  return sameShape(other.shape, (node.outputs[0] as Tensor).shape) ? other : undefined
}

/** A reordering of one element that an Expand repeats is an Expand of it. */
function ofOneElement(x: Tensor, shape: Shape): Tensor | undefined {
  const [source] = x.node.inputs
  if (x.node.operator !== Expand || !source || sizeOf(source.shape) !== 1) return undefined
  return expand(reshape(source, []), shape)
}
