import { apply1 } from '../apply.ts'
import { type NdArray, ndarray } from '../array.ts'
import { EosError } from '../error.ts'
import { defineOp } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Shape, TensorType } from '../type.ts'

/** A value that is fed when the graph runs. Not an ONNX node: the writer makes it a graph input. */
export const Input = defineOp({
  type: 'Input',
  attributes: { name: 'string' },
  infer: (_, { shape, dtype }) => [{ shape: shape as Shape, dtype: dtype as DType }],
  evaluate: (_, { name }) => {
    throw new EosError('INPUT_MISSING', `Input "${String(name)}" was not fed.`, { hint: 'Pass a value for it.' })
  },
  tangent: 'zero',
})

/** A value that is part of the graph; a scalar or a small table, written as an initializer. */
export const Constant = defineOp({
  type: 'Constant',
  attributes: { value: 'tensor' },
  infer: (_, { value }) => {
    const { shape, dtype } = value as NdArray
    return [{ shape, dtype }]
  },
  evaluate: (_, { value }) => [value as NdArray],
  tangent: 'zero',
})

/** The same value under another name. */
export const Identity = defineOp({
  type: 'Identity',
  infer: ([x]) => [x as TensorType],
  evaluate: ([x]) => [x as NdArray],
  tangent: 'linear',
  transpose: (_, [cotangent]) => cotangent,
})

/** The same value, taken for a constant by every derivative. Written to ONNX as Identity. */
export const StopGradient = defineOp({
  type: 'StopGradient',
  infer: ([x]) => [x as TensorType],
  evaluate: ([x]) => [x as NdArray],
  tangent: 'zero',
})

/** A named graph input of static type. Throws `INPUT_NAME` for an empty name. */
export function input(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
  if (name === '') throw new EosError('INPUT_NAME', 'A graph input needs a name.', { hint: 'Give it one.' })
  return apply1(Input, [], { name, shape, dtype })
}

/** Name of a graph input, or undefined for any other tensor. */
export const inputName = (tensor: Tensor): string | undefined =>
  tensor.node.operator === Input ? (tensor.node.attributes.name as string) : undefined

/** A constant tensor from numbers in row-major order; one number fills the shape. */
export const constant = (values: ArrayLike<number> | number, shape: Shape = [], dtype: DType = 'float32'): Tensor =>
  apply1(Constant, [], { value: ndarray(values, shape, dtype) })

/** The value of a constant tensor, or undefined. */
export const constantValue = (tensor: Tensor): NdArray | undefined =>
  tensor.node.operator === Constant ? (tensor.node.attributes.value as NdArray) : undefined

/** The number that a scalar (or one-element) constant holds, or undefined. */
export function scalarValue(tensor: Tensor): number | undefined {
  const value = constantValue(tensor)
  return value?.data.length === 1 ? value.data[0] : undefined
}

export const identity = (x: Tensor): Tensor => apply1(Identity, [x])

export const stopGradient = (x: Tensor): Tensor => apply1(StopGradient, [x])
