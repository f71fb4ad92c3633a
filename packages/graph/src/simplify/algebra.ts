import { Add, add, Div, Mul, mul, Neg, neg, Sub, sub } from '../ops/arithmetic.ts'
import { Cast } from '../ops/comparison.ts'
import { DataMean } from '../ops/data-mean.ts'
import { constant, Identity } from '../ops/leaf.ts'
import { expand } from '../ops/shape.ts'
import type { Node, Tensor } from '../tensor.ts'
import { isFloat, sameShape } from '../type.ts'
import { uniformValue } from './constants.ts'
import type { Rule } from './rewrite.ts'

/** `x + 0 = x`, `x + (-y) = x - y`, with either order. */
export const addition: Rule = (node) => {
  if (node.operator !== Add) return
  for (const [x, y] of bothOrders(node)) {
    if (uniformValue(y) === 0 && fills(x, node)) return x
    if (y.node.operator === Neg) return sub(x, y.node.inputs[0] as Tensor)
  }
  return
}

/** `x - 0 = x`, `0 - x = -x`, `x - (-y) = x + y`. */
export const subtraction: Rule = (node) => {
  if (node.operator !== Sub) return
  const [x, y] = node.inputs as [Tensor, Tensor]
  if (uniformValue(y) === 0 && fills(x, node)) return x
  if (uniformValue(x) === 0 && fills(y, node)) return neg(y)
  return y.node.operator === Neg ? add(x, y.node.inputs[0] as Tensor) : undefined
}

/** `1 x = x`, `-1 x = -x`, `0 x = 0` (for finite `x`), `c (-x) = (-c) x`, `c1 (c2 x) = (c1 c2) x`. */
export const multiplication: Rule = (node) => {
  if (node.operator !== Mul) return
  for (const [x, y] of bothOrders(node)) {
    const factor = uniformValue(y)
    if (factor === undefined) continue
    if (factor === 0) return zeros(node)
    if (!fills(x, node)) continue
    if (factor === 1) return x
    if (factor === -1) return neg(x)
    if (x.node.operator === Neg) return scaled(x.node.inputs[0] as Tensor, -factor)
    const inner = asScaled(x)
    if (inner) return scaled(inner.of, factor * inner.by)
  }
  return
}

/** `x / c = (1/c) x`, which is cheaper and composes; not where `1/c` would leave the range of float32. */
export const division: Rule = (node) => {
  if (node.operator !== Div || !isFloat((node.outputs[0] as Tensor).dtype)) return
  const [x, y] = node.inputs as [Tensor, Tensor]
  const divisor = uniformValue(y)
  if (divisor === undefined || !fills(x, node)) return
  const magnitude = Math.abs(divisor)
  return magnitude > 1e-30 && magnitude < 1e30 ? scaled(x, 1 / divisor) : undefined
}

/** `-(-x) = x`, `-(c x) = (-c) x`, `-(x - y) = y - x`. */
export const negation: Rule = (node) => {
  if (node.operator !== Neg) return
  const [x] = node.inputs as [Tensor]
  if (x.node.operator === Neg) return x.node.inputs[0] as Tensor
  if (x.node.operator === Sub) return sub(x.node.inputs[1] as Tensor, x.node.inputs[0] as Tensor)
  const inner = asScaled(x)
  return inner && scaled(inner.of, -inner.by)
}

/** Identity, a Cast to the type that is there already, and the mark of a data mean: a step is cut at its marks before. */
export const renaming: Rule = (node) => {
  const [x] = node.inputs
  if (node.operator === Identity || node.operator === DataMean) return x
  return node.operator === Cast && x?.dtype === node.outputs[0]?.dtype ? x : undefined
}

/** A tensor as `by * of`, where it is a product with a known number that keeps the shape. */
export function asScaled(tensor: Tensor): { readonly of: Tensor; readonly by: number } | undefined {
  const { node } = tensor
  if (node.operator !== Mul) return undefined
  for (const [of, other] of bothOrders(node)) {
    const by = uniformValue(other)
    if (by !== undefined && fills(of, node)) return { of, by }
  }
  return undefined
}

const scaled = (x: Tensor, factor: number): Tensor => mul(x, constant(factor, [], x.dtype))

const bothOrders = (node: Node): readonly (readonly [Tensor, Tensor])[] => {
  const [a, b] = node.inputs as [Tensor, Tensor]
  return [
    [a, b],
    [b, a],
  ]
}

/** Whether an input has the shape of the output, so that the other one repeats nothing. */
const fills = (x: Tensor, node: Node): boolean => sameShape(x.shape, (node.outputs[0] as Tensor).shape)

const zeros = (node: Node): Tensor => {
  const { shape, dtype } = node.outputs[0] as Tensor
  return expand(constant(0, [], dtype), shape)
}
