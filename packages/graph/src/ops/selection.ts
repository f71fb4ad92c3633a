import { apply1 } from '../apply.ts'
import { EosError } from '../error.ts'
import { defineOp, type Operator } from '../operator.ts'
import { Tensor } from '../tensor.ts'
import { showType, type TensorType } from '../type.ts'
import { add, mul } from './arithmetic.ts'
import { broadcastLike, lift, unbroadcast } from './broadcast.ts'
import { cast, equal, greater } from './comparison.ts'
import { broadcastShape, evaluateElementwise, inferElementwise, inferFloat } from './elementwise.ts'
import { constant } from './leaf.ts'

/** `condition ? a : b`, elementwise with broadcasting; linear in `a` and `b`. */
export const Where = defineOp({
  type: 'Where',
  infer: ([condition, a, b]) => {
    const [c, x, y] = [condition, a, b] as [TensorType, TensorType, TensorType]
    if (c.dtype !== 'bool')
      throw new EosError('DTYPE', `The condition must be bool, got ${showType(c)}.`, { hint: 'Compare first.' })
    const [{ dtype }] = inferElementwise()([x, y]) as [TensorType]
    return [{ shape: broadcastShape(c.shape, x.shape, y.shape), dtype }]
  },
  evaluate: evaluateElementwise((condition, a, b) => (condition === 0 ? b : a) as number),
  tangent: (node, [, da, db]) => {
    if (!da && !db) return [undefined]
    const [condition] = node.inputs as [Tensor]
    const output = node.outputs[0] as Tensor
    const zero = constant(0, [], output.dtype)
    return [broadcastLike(where(condition, da ?? zero, db ?? zero), output)]
  },
  transpose: (node, [cotangent], input) => {
    if (!cotangent || input === 0) return undefined
    const [condition] = node.inputs as [Tensor]
    const zero = constant(0, [], cotangent.dtype)
    const chosen = input === 1 ? where(condition, cotangent, zero) : where(condition, zero, cotangent)
    return unbroadcast(chosen, (node.inputs[input] as Tensor).shape)
  },
})

/** The larger or smaller of two; a tie gives each side half of the tangent. */
const extremum = (type: 'Max' | 'Min', f: (a: number, b: number) => number): Operator =>
  defineOp({
    type,
    infer: inferElementwise(),
    evaluate: evaluateElementwise((a, b) => f(a as number, b as number)),
    tangent: (node, [da, db]) => {
      const [a, b] = node.inputs as [Tensor, Tensor]
      const output = node.outputs[0] as Tensor
      const share = (mine: Tensor, other: Tensor): Tensor => {
        const ahead = type === 'Max' ? greater(mine, other) : greater(other, mine)
        return add(cast(ahead, output.dtype), mul(cast(equal(mine, other), output.dtype), 0.5))
      }
      const first = da && mul(da, share(a, b))
      const second = db && mul(db, share(b, a))
      const sum = first && second ? add(first, second) : (first ?? second)
      return [sum && broadcastLike(sum, output)]
    },
  })

export const Max = extremum('Max', Math.max)
export const Min = extremum('Min', Math.min)

/** `max(x, 0)`; the derivative at 0 is 0. */
export const Relu = defineOp({
  type: 'Relu',
  infer: inferFloat,
  evaluate: evaluateElementwise((x) => Math.max(x as number, 0)),
  tangent: (node, [dx]) => {
    // The output is positive where the input is; asking the output lets engines fuse the rectifier into its producer.
    const y = node.outputs[0] as Tensor
    return [dx && mul(dx, cast(greater(y, 0), y.dtype))]
  },
})

/** `|x|`; the derivative at 0 is 0. */
export const Abs = defineOp({
  type: 'Abs',
  infer: inferFloat,
  evaluate: evaluateElementwise((x) => Math.abs(x as number)),
  tangent: (node, [dx]) => [dx && mul(dx, sign(node.inputs[0] as Tensor))],
})

/** -1, 0 or 1. */
export const Sign = defineOp({
  type: 'Sign',
  infer: inferElementwise(),
  evaluate: evaluateElementwise((x) => Math.sign(x as number)),
  tangent: 'zero',
})

export const where = (condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor => {
  const like = a instanceof Tensor ? a : b instanceof Tensor ? b : ({ shape: [], dtype: 'float32' } as const)
  return apply1(Where, [condition, lift(a, like), lift(b, like)])
}
export const maximum = (a: Tensor, b: Tensor | number): Tensor => apply1(Max, [a, lift(b, a)])
export const minimum = (a: Tensor, b: Tensor | number): Tensor => apply1(Min, [a, lift(b, a)])
export const relu = (x: Tensor): Tensor => apply1(Relu, [x])
export const abs = (x: Tensor): Tensor => apply1(Abs, [x])
export const sign = (x: Tensor): Tensor => apply1(Sign, [x])
