import { apply1 } from '../apply.ts'
import { defineOp, type TangentRule } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat, sameShape, type TensorType } from '../type.ts'
import { broadcastLike, lift, unbroadcast } from './broadcast.ts'
import { evaluateElementwise, inferElementwise } from './elementwise.ts'
import { scalarValue } from './leaf.ts'

/** `a + b`. */
export const Add = defineOp({
  type: 'Add',
  infer: inferElementwise(),
  evaluate: evaluateElementwise((a, b) => (a as number) + (b as number)),
  tangent: signedSum(1),
  transpose: (node, [cotangent], input) => cotangent && unbroadcast(cotangent, (node.inputs[input] as Tensor).shape),
})

/** `a - b`. */
export const Sub = defineOp({
  type: 'Sub',
  infer: inferElementwise(),
  evaluate: evaluateElementwise((a, b) => (a as number) - (b as number)),
  tangent: signedSum(-1),
  transpose: (node, [cotangent], input) => {
    const sum = cotangent && unbroadcast(cotangent, (node.inputs[input] as Tensor).shape)
    return sum && input === 1 ? neg(sum) : sum
  },
})

/** `a * b`, elementwise. */
export const Mul = defineOp({
  type: 'Mul',
  infer: inferElementwise(),
  evaluate: evaluateElementwise((a, b) => (a as number) * (b as number)),
  tangent: 'multilinear',
  transpose: (node, [cotangent], input) =>
    cotangent && unbroadcast(mul(cotangent, node.inputs[1 - input] as Tensor), (node.inputs[input] as Tensor).shape),
})

/** `a / b`, elementwise, rounded towards zero for integers; `d(a/b) = (da - (a/b) db) / b`. */
export const Div = defineOp({
  type: 'Div',
  infer: inferElementwise(),
  evaluate: (inputs, attributes, outputs) => {
    const whole = !isFloat((outputs[0] as TensorType).dtype)
    const divide = (a?: number, b?: number): number => (a as number) / (b as number)
    return evaluateElementwise(whole ? (a, b) => Math.trunc(divide(a, b)) : divide)(inputs, attributes, outputs)
  },
  tangent: (node, [da, db]) => {
    const [a, b] = node.inputs as [Tensor, Tensor]
    const quotient = node.outputs[0] as Tensor
    const numerator = da && (db ? sub(da, mul(quotient, db)) : da)
    const tangent = numerator ? div(numerator, b) : db && neg(div(mul(quotient, db), b))
    return [tangent && broadcastLike(tangent, { shape: quotient.shape, dtype: a.dtype })]
  },
  transpose: (node, [cotangent]) =>
    cotangent && unbroadcast(div(cotangent, node.inputs[1] as Tensor), (node.inputs[0] as Tensor).shape),
})

/** `-a`. */
export const Neg = defineOp({
  type: 'Neg',
  infer: inferElementwise(),
  evaluate: evaluateElementwise((a) => -(a as number)),
  tangent: 'linear',
  transpose: (_, [cotangent]) => cotangent && neg(cotangent),
})

export function add(a: Tensor, b: Tensor | number): Tensor {
  const other = lift(b, a)
  if (isScalar(other, 0) && other.dtype === a.dtype) return a
  if (isScalar(a, 0) && other.dtype === a.dtype) return other
  return apply1(Add, [a, other])
}

export function sub(a: Tensor, b: Tensor | number): Tensor {
  const other = lift(b, a)
  if (isScalar(other, 0) && other.dtype === a.dtype) return a
  return apply1(Sub, [a, other])
}

export function mul(a: Tensor, b: Tensor | number): Tensor {
  const other = lift(b, a)
  if (isScalar(other, 1) && other.dtype === a.dtype) return a
  if (isScalar(a, 1) && other.dtype === a.dtype) return other
  if (isScalar(other, -1) && other.dtype === a.dtype) return neg(a)
  return apply1(Mul, [a, other])
}

export function div(a: Tensor, b: Tensor | number): Tensor {
  const other = lift(b, a)
  if (isScalar(other, 1) && other.dtype === a.dtype) return a
  return apply1(Div, [a, other])
}

export const neg = (a: Tensor): Tensor => (a.node.operator === Neg ? (a.node.inputs[0] as Tensor) : apply1(Neg, [a]))

const isScalar = (tensor: Tensor, value: number): boolean => tensor.shape.length === 0 && scalarValue(tensor) === value

/** `da + sign db`, each repeated to the output's shape. */
function signedSum(sign: 1 | -1): TangentRule {
  return (node, [da, db]) => {
    const output = node.outputs[0] as Tensor
    if (da && db) {
      const sum = sign === 1 ? add(da, db) : sub(da, db)
      return [sameShape(sum.shape, output.shape) ? sum : broadcastLike(sum, output)]
    }
    if (da) return [broadcastLike(da, output)]
    return [db && broadcastLike(sign === 1 ? db : neg(db), output)]
  }
}
