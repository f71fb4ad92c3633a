import type { NdArray } from '../array.ts'
import type { Operator } from '../operator.ts'
import { broadcastTo } from '../ops/elementwise.ts'
import { Constant, constant, constantValue, Input, StopGradient } from '../ops/leaf.ts'
import { Expand, expand } from '../ops/shape.ts'
import type { Tensor } from '../tensor.ts'
import { sizeOf } from '../type.ts'
import type { Rule } from './rewrite.ts'

const largestFolded = 1024
const kept = new Set<Operator>([Input, Constant, Expand, StopGradient])

/** Computes small nodes of constants while the graph is built, in float64. An Expand stays: it is smaller than its value. */
export const foldConstants: Rule = (node) => {
  const { operator, inputs, outputs, attributes } = node
  if (kept.has(operator) || inputs.length === 0 || outputs.some((output) => sizeOf(output.shape) > largestFolded))
    return
  const values = inputs.map(smallValue)
  if (!values.every((value) => value !== undefined)) return
  const [result] = operator.evaluate(values, attributes, outputs) as [NdArray]
  return constant(result.data, result.shape, result.dtype)
}

/** A constant with equal elements becomes a scalar and an Expand, which rules can see through. */
export const shrinkConstants: Rule = (node) => {
  if (node.operator !== Constant) return
  const { data, shape, dtype } = node.attributes.value as NdArray
  const [first] = data
  if (data.length < 2 || !data.every((value) => Object.is(value, first))) return
  return expand(constant(first as number, [], dtype), shape)
}

/** The number that every element of a tensor is known to have. */
export function uniformValue(tensor: Tensor): number | undefined {
  const { operator, inputs } = tensor.node
  if (operator === Expand) return uniformValue(inputs[0] as Tensor)
  const value = constantValue(tensor)
  return value?.data.length === 1 ? value.data[0] : undefined
}

function smallValue(tensor: Tensor): NdArray | undefined {
  if (sizeOf(tensor.shape) > largestFolded) return undefined
  const { operator, inputs } = tensor.node
  if (operator !== Expand) return constantValue(tensor)
  const inner = smallValue(inputs[0] as Tensor)
  return inner && { shape: tensor.shape, dtype: tensor.dtype, data: broadcastTo(inner, tensor.shape) }
}
