import { apply1 } from '../apply.ts'
import type { Operator } from '../operator.ts'
import { Add, Div, Mul, Neg, Sub } from '../ops/arithmetic.ts'
import { And, Cast, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Not, Or } from '../ops/comparison.ts'
import { Cos, Erf, Exp, Log, Pow, Reciprocal, Sigmoid, Sin, Softplus, Sqrt, Tanh } from '../ops/elementary.ts'
import { broadcastShape } from '../ops/elementwise.ts'
import { Gemm } from '../ops/linear-algebra.ts'
import { Abs, Max, Min, Relu, Sign, Where } from '../ops/selection.ts'
import { Expand, expand } from '../ops/shape.ts'
import type { Tensor } from '../tensor.ts'
import { sameShape } from '../type.ts'
import type { Rule } from './rewrite.ts'

const elementwise = new Set<Operator>([
  ...[Add, Sub, Mul, Div, Neg, Pow, Max, Min, Where, Relu, Abs, Sign, Cast],
  ...[Exp, Log, Sqrt, Reciprocal, Tanh, Sigmoid, Softplus, Erf, Sin, Cos],
  ...[Equal, Less, LessOrEqual, Greater, GreaterOrEqual, And, Or, Not],
])

/** An Expand that feeds an elementwise operator goes where the operator's own broadcasting repeats as much. */
export const implicitExpands: Rule = (node) => {
  if (!elementwise.has(node.operator)) return
  const { shape } = node.outputs[0] as Tensor
  const inputs = [...node.inputs]
  inputs.forEach((x, i) => {
    if (x.node.operator !== Expand) return
    const source = x.node.inputs[0] as Tensor
    const others = inputs.filter((_, j) => j !== i).map((other) => other.shape)
    if (sameShape(broadcastShape(source.shape, ...others), shape)) inputs[i] = source
  })
  return inputs.some((x, i) => x !== node.inputs[i]) ? apply1(node.operator, inputs, node.attributes) : undefined
}

/** An elementwise operator whose inputs are all repeated computes first and repeats after. */
export const lateExpands: Rule = (node) => {
  if (!elementwise.has(node.operator)) return
  const { shape } = node.outputs[0] as Tensor
  const sources = node.inputs.map((x) => (x.node.operator === Expand ? (x.node.inputs[0] as Tensor) : x))
  if (sameShape(broadcastShape(...sources.map((x) => x.shape)), shape)) return
  return expand(apply1(node.operator, sources, node.attributes), shape)
}

/** Gemm repeats its addend itself. */
export const gemmAddends: Rule = (node) => {
  const [a, b, c] = node.inputs
  if (node.operator !== Gemm || !a || !b || c?.node.operator !== Expand) return
  return apply1(Gemm, [a, b, c.node.inputs[0] as Tensor], node.attributes)
}
