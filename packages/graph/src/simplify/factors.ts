import { apply1 } from '../apply.ts'
import { Add, add, Div, Mul, mul, Neg, neg, Sub, sub } from '../ops/arithmetic.ts'
import { ReduceMean, ReduceSum } from '../ops/reduction.ts'
import type { Tensor } from '../tensor.ts'
import { sizeOf } from '../type.ts'
import { asScaled } from './algebra.ts'
import { uniformValue } from './constants.ts'
import type { Rule, Uses } from './rewrite.ts'

/**
 * `(c x) y = c (x y)`, `(c x)/y = c (x/y)` and the sum of `c x` is `c` times the sum: numbers and signs move towards the
 * outputs, where a sum takes the sign and a product or a smaller tensor the number.
 */
export const outwardNumbers: Rule = (node, uses) => {
  const { operator, inputs, attributes, outputs } = node
  if (operator === ReduceSum || operator === ReduceMean) {
    const x = timesNumber(inputs[0] as Tensor, uses)
    return x?.times(apply1(operator, [x.of], attributes))
  }
  if (operator !== Mul && operator !== Div) return
  const whole = sizeOf((outputs[0] as Tensor).shape)
  for (const at of operator === Mul ? [0, 1] : [0]) {
    const [factor, other] = [inputs[at], inputs[1 - at]] as [Tensor, Tensor]
    const x = sizeOf(factor.shape) === whole && uniformValue(other) === undefined && timesNumber(factor, uses)
    if (x) return x.times(operator === Mul ? mul(x.of, other) : apply1(Div, [x.of, other]))
  }
  return
}

/** A tensor as a number times another, where nothing else reads it. */
function timesNumber(
  tensor: Tensor,
  uses: Uses,
): { readonly of: Tensor; readonly times: (x: Tensor) => Tensor } | undefined {
  if (uses(tensor) !== 1) return undefined
  if (tensor.node.operator === Neg) return { of: tensor.node.inputs[0] as Tensor, times: neg }
  const scaled = asScaled(tensor)
  return scaled && { of: scaled.of, times: (x) => mul(x, scaled.by) }
}

/** A term of a sum: a product as its factors. */
interface Term {
  readonly factors: readonly Tensor[]
  readonly negative: boolean
}

/**
 * `a x + a y = a (x + y)`, of two terms of a sum that are products, where nothing else reads them: a multiplication less.
 */
export const commonFactors: Rule = (node, uses) => {
  const { operator, inputs } = node
  if (operator !== Add && operator !== Sub) return
  const [left, right] = inputs.map((x, i) => termsOf(x, uses, operator === Sub && i === 1)) as [Term[], Term[]]
  for (const x of left)
    for (const y of right) {
      const shared = x.factors.filter((factor) => y.factors.includes(factor) && uniformValue(factor) === undefined)
      const [most] = shared.sort((a, b) => sizeOf(b.shape) - sizeOf(a.shape))
      if (!most || x.factors.length < 2 || y.factors.length < 2) continue
      const rest = [...left, ...right].filter((term) => term !== x && term !== y)
      const both = sumOf([x, y].map((term) => ({ ...term, factors: without(term.factors, most) })))
      return sumOf([{ factors: [both, most], negative: false }, ...rest])
    }
  return
}

/** How deep sums and products are looked into; a long chain of them must not be walked from each of its nodes. */
const deepest = 4

/** The terms of a sum, and their factors, as far as nothing else reads what lies between. */
function termsOf(tensor: Tensor, uses: Uses, negative: boolean, depth = 1): Term[] {
  const { operator, inputs } = tensor.node
  if ((operator !== Add && operator !== Sub) || uses(tensor) !== 1 || depth === deepest)
    return [{ factors: factorsOf(tensor, uses), negative }]
  return inputs.flatMap((x, i) => termsOf(x, uses, negative !== (operator === Sub && i === 1), depth + 1))
}

function factorsOf(tensor: Tensor, uses: Uses, depth = 0): readonly Tensor[] {
  if (tensor.node.operator !== Mul || uses(tensor) !== 1 || depth === deepest) return [tensor]
  return tensor.node.inputs.flatMap((x) => factorsOf(x, uses, depth + 1))
}

const without = (factors: readonly Tensor[], one: Tensor): readonly Tensor[] => {
  const at = factors.indexOf(one)
  return factors.filter((_, i) => i !== at)
}

/** Small factors and terms first, so that what repeats them is computed with once; a term to add before those to subtract. */
function sumOf(terms: readonly Term[]): Tensor {
  const products = terms.map(({ factors, negative }) => ({ of: bySize(factors).reduce((a, b) => mul(a, b)), negative }))
  const [first, ...others] = products.sort(
    (a, b) => Number(a.negative) - Number(b.negative) || sizeOf(a.of.shape) - sizeOf(b.of.shape),
  ) as [(typeof products)[number], ...typeof products]
  return others.reduce(
    (sum, { of, negative }) => (negative ? sub(sum, of) : add(sum, of)),
    first.negative ? neg(first.of) : first.of,
  )
}

const bySize = (tensors: readonly Tensor[]): Tensor[] => [...tensors].sort((a, b) => sizeOf(a.shape) - sizeOf(b.shape))
