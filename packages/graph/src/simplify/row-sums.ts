import { Add, add, Mul, mul, neg, Sub } from '../ops/arithmetic.ts'
import { MatMul, Transpose } from '../ops/linear-algebra.ts'
import { ReduceSum, reduceSum } from '../ops/reduction.ts'
import type { Node, Tensor } from '../tensor.ts'
import { sameShape, sizeOf } from '../type.ts'
import { type Pass, rebuild } from './rewrite.ts'

/** Products that are there already, by their left factor. */
type Known = ReadonlyMap<Tensor, readonly Node[]>

/**
 * `sum_j P_ij (A B)_ij = sum_k A_ik (P B')_ik` where `P B'` is there already and has fewer columns: what attention sums
 * over all pairs of positions, backwards, is a sum over the width of a head.
 */
export const rowSums: Pass = (graph) => {
  const known = new Map<Tensor, Node[]>()
  return rebuild(graph, (node) => {
    const [x] = node.inputs
    if (node.operator === MatMul) known.set(x as Tensor, [...(known.get(x as Tensor) ?? []), node])
    return summedOverWidth(node, known)
  })
}

function summedOverWidth({ operator, inputs, attributes }: Node, known: Known): Tensor | undefined {
  const [x] = inputs
  const axes = attributes.axes as readonly number[]
  if (operator !== ReduceSum || !x || axes.length !== 1 || axes[0] !== x.shape.length - 1) return undefined
  const terms = termsOf(x).map(({ of, negative }) => {
    // What a sum repeats would count once.
    const inner = sameShape(of.shape, x.shape) ? throughProduct(of, known) : undefined
    return inner && negative ? neg(inner) : inner
  })
  if (!terms.every((term) => term !== undefined)) return undefined
  return reduceSum(terms.reduce(add), axes, attributes.keepdims === 1)
}

/** `A * (P B')` of `P * (A B + ...)`, if each of its products is there and small enough to pay. */
function throughProduct({ node, shape }: Tensor, known: Known): Tensor | undefined {
  if (node.operator !== Mul) return undefined
  const [a, b] = node.inputs as [Tensor, Tensor]
  for (const [p, sum] of [
    [a, b],
    [b, a],
  ] as const) {
    const parts = termsOf(sum).map(({ of, negative }) => {
      const [left, right] = of.node.operator === MatMul ? (of.node.inputs as [Tensor, Tensor]) : []
      const product = right && known.get(p)?.find(({ inputs }) => isTurned(inputs[1] as Tensor, right))?.outputs[0]
      if (!left || !product || 2 * sizeOf(product.shape) > sizeOf(shape)) return undefined
      return mul(negative ? neg(left) : left, product)
    })
    if (parts.every((part) => part !== undefined)) return parts.reduce(add)
  }
  return undefined
}

interface Term {
  readonly of: Tensor
  readonly negative: boolean
}

/** A sum or difference as its terms, three levels deep: no more are needed, and sums of shared sums have very many. */
function termsOf(tensor: Tensor, negative = false, depth = 3): readonly Term[] {
  const { operator, inputs } = tensor.node
  if ((operator !== Add && operator !== Sub) || depth === 0) return [{ of: tensor, negative }]
  const [a, b] = inputs as [Tensor, Tensor]
  return [...termsOf(a, negative, depth - 1), ...termsOf(b, negative !== (operator === Sub), depth - 1)]
}

/** Whether one is the other with its last two axes exchanged. */
function isTurned(a: Tensor, b: Tensor): boolean {
  const [x, y] = [orderOf(a), orderOf(b)]
  const rank = y.order.length
  const turned = y.order.map((_, axis) => y.order[axis < rank - 2 ? axis : 2 * rank - 3 - axis])
  return x.source === y.source && x.order.join() === turned.join()
}

const orderOf = (tensor: Tensor): { readonly source: Tensor; readonly order: readonly number[] } =>
  tensor.node.operator === Transpose
    ? { source: tensor.node.inputs[0] as Tensor, order: tensor.node.attributes.perm as readonly number[] }
    : { source: tensor, order: tensor.shape.map((_, axis) => axis) }
