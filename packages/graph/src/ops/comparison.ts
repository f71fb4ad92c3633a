import { apply1 } from '../apply.ts'
import type { NdArray } from '../array.ts'
import { EosError } from '../error.ts'
import { defineOp, type Operator } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isFloat, showType, type TensorType } from '../type.ts'
import { lift } from './broadcast.ts'
import { evaluateElementwise, inferElementwise } from './elementwise.ts'

const comparison = (type: string, holds: (a: number, b: number) => boolean): Operator =>
  defineOp({
    type,
    infer: inferElementwise('bool'),
    evaluate: evaluateElementwise((a, b) => Number(holds(a as number, b as number))),
    tangent: 'zero',
  })

export const Equal = comparison('Equal', (a, b) => a === b)
export const Less = comparison('Less', (a, b) => a < b)
export const LessOrEqual = comparison('LessOrEqual', (a, b) => a <= b)
export const Greater = comparison('Greater', (a, b) => a > b)
export const GreaterOrEqual = comparison('GreaterOrEqual', (a, b) => a >= b)

const inferLogical = (inputs: readonly TensorType[]): readonly TensorType[] => {
  const odd = inputs.find((input) => input.dtype !== 'bool')
  if (odd) throw new EosError('DTYPE', `Needs bool tensors, got ${showType(odd)}.`, { hint: 'Compare or cast first.' })
  return inferElementwise('bool')(inputs)
}
const logical = (type: string, f: (a: number, b: number) => number): Operator =>
  defineOp({
    type,
    infer: inferLogical,
    evaluate: evaluateElementwise((a, b) => f(a as number, b as number)),
    tangent: 'zero',
  })

export const And = logical('And', (a, b) => a * b)
export const Or = logical('Or', (a, b) => Math.max(a, b))
export const Not = logical('Not', (a) => 1 - a)

/** Converts the element type. Differentiable between float types; to and from integers the tangent is zero. */
export const Cast = defineOp({
  type: 'Cast',
  attributes: { to: 'int' },
  infer: ([x], { dtype }) => [{ shape: (x as TensorType).shape, dtype: dtype as DType }],
  evaluate: ([x], { dtype }) => {
    const { shape, data } = x as NdArray
    const convert = (value: number): number =>
      dtype === 'bool' ? Number(value !== 0) : isFloat(dtype as DType) ? value : Math.trunc(value)
    return [{ shape, dtype: dtype as DType, data: data.map(convert) }]
  },
  tangent: (node, [dx]) => {
    const output = node.outputs[0] as Tensor
    return [dx && isFloat(output.dtype) ? cast(dx, output.dtype) : undefined]
  },
  transpose: (node, [cotangent]) => cotangent && cast(cotangent, (node.inputs[0] as Tensor).dtype),
})

export const equal = (a: Tensor, b: Tensor | number): Tensor => apply1(Equal, [a, lift(b, a)])
export const less = (a: Tensor, b: Tensor | number): Tensor => apply1(Less, [a, lift(b, a)])
export const lessOrEqual = (a: Tensor, b: Tensor | number): Tensor => apply1(LessOrEqual, [a, lift(b, a)])
export const greater = (a: Tensor, b: Tensor | number): Tensor => apply1(Greater, [a, lift(b, a)])
export const greaterOrEqual = (a: Tensor, b: Tensor | number): Tensor => apply1(GreaterOrEqual, [a, lift(b, a)])
export const and = (a: Tensor, b: Tensor): Tensor => apply1(And, [a, b])
export const or = (a: Tensor, b: Tensor): Tensor => apply1(Or, [a, b])
export const not = (a: Tensor): Tensor => apply1(Not, [a])
export const cast = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : apply1(Cast, [x], { dtype }))
