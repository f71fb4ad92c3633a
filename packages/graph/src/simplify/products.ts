import { apply1 } from '../apply.ts'
import { Add, Mul, Neg, Sub } from '../ops/arithmetic.ts'
import { broadcastShape } from '../ops/elementwise.ts'
import { Gemm, MatMul, Transpose, transpose } from '../ops/linear-algebra.ts'
import type { Node, Tensor } from '../tensor.ts'
import { type DType, sameShape } from '../type.ts'
import { asScaled } from './algebra.ts'
import { uniformValue } from './constants.ts'
import type { Rule, Uses } from './rewrite.ts'

/** `alpha op(a) op(b) + beta c`, as Gemm computes it in one pass. */
interface Product {
  readonly a: Tensor
  readonly b: Tensor
  readonly c: Tensor | undefined
  readonly alpha: number
  readonly beta: number
  readonly transA: number
  readonly transB: number
}

/** A product of transposed matrices reads them as they lie. */
export const transposedFactors: Rule = (node) => {
  const product = asProduct(node)
  if (!product) return
  const [a, b] = [untransposed(product.a), untransposed(product.b)]
  if (!a && !b) return
  return gemm({
    ...product,
    ...(a ? { a, transA: 1 - product.transA } : {}),
    ...(b ? { b, transB: 1 - product.transB } : {}),
  })
}

/**
 * `(A B + C)' = B' A' + C'`: a transposed product costs no pass of its own, where nothing else reads the product and
 * its addend, if any, is such a product too or a transpose.
 */
export const transposedProducts: Rule = (node, uses) => {
  if (node.operator !== Transpose) return
  const [x] = node.inputs as [Tensor]
  return turnsFreely(x, uses) && (node.attributes.perm as readonly number[])[0] === 1 ? turned(x) : undefined
}

function turnsFreely(x: Tensor, uses: Uses): boolean {
  const product = ownProduct(x, uses)
  if (!product) return x.node.operator === Transpose
  return !product.c || (sameShape(product.c.shape, x.shape) && turnsFreely(product.c, uses))
}

function turned(x: Tensor): Tensor {
  const product = asProduct(x.node)
  if (!product) return transpose(x)
  const { a, b, c, transA, transB } = product
  return gemm({ ...product, a: b, b: a, c: c && turned(c), transA: 1 - transB, transB: 1 - transA })
}

/** A product times a number, or negated, scales as it is computed. */
export const scaledProducts: Rule = (node, uses) => {
  const [x, y] = node.inputs as [Tensor, Tensor]
  if (node.operator === Neg) return rescale(x, -1, node, uses)
  if (node.operator !== Mul) return
  const [left, right] = [uniformValue(x), uniformValue(y)]
  if (right !== undefined) return rescale(x, right, node, uses)
  return left === undefined ? undefined : rescale(y, left, node, uses)
}

/** A product of a multiple scales as it is computed: the multiple itself is computed for others only. */
export const scaledFactors: Rule = (node) => {
  const product = asProduct(node)
  if (!product) return
  const [a, b] = [asScaled(product.a), asScaled(product.b)]
  const alpha = product.alpha * (a?.by ?? 1) * (b?.by ?? 1)
  if ((!a && !b) || !isExact(alpha, product.a.dtype)) return
  return gemm({ ...product, a: a?.of ?? product.a, b: b?.of ?? product.b, alpha })
}

/** A product plus or minus something accumulates onto it: a bias, or `0.9 m + x' dy`. */
export const accumulatedProducts: Rule = (node, uses) => {
  const { operator } = node
  if (operator !== Add && operator !== Sub) return
  const [x, y] = node.inputs as [Tensor, Tensor]
  const sign = operator === Sub ? -1 : 1
  return accumulate(x, 1, y, sign, uses) ?? accumulate(y, sign, x, 1, uses)
}

/** `s P + t c` as one Gemm, where `P` is a product that nothing else reads and that has no addend yet. */
function accumulate(factor: Tensor, s: number, addend: Tensor, t: number, uses: Uses): Tensor | undefined {
  const product = ownProduct(factor, uses)
  if (!product || product.c || !repeatsTo(addend, factor)) return undefined
  const inner = asScaled(addend)
  const scaled = inner && isExact(t * inner.by, addend.dtype)
  const [c, beta] = scaled ? [inner.of, t * inner.by] : [addend, t]
  return gemm({ ...product, c, alpha: s * product.alpha, beta })
}

function rescale(x: Tensor, by: number, node: Node, uses: Uses): Tensor | undefined {
  const product = ownProduct(x, uses)
  if (!product || !sameShape(x.shape, (node.outputs[0] as Tensor).shape)) return undefined
  const [alpha, beta] = [by * product.alpha, product.c ? by * product.beta : 1]
  return isExact(alpha, x.dtype) && isExact(beta, x.dtype) ? gemm({ ...product, alpha, beta }) : undefined
}

/** The product that a tensor is, if nothing else reads it: a rewrite must never compute a product twice. */
const ownProduct = (tensor: Tensor, uses: Uses): Product | undefined =>
  uses(tensor) === 1 ? asProduct(tensor.node) : undefined

function asProduct({ operator, inputs, attributes }: Node): Product | undefined {
  const [a, b, c] = inputs as [Tensor, Tensor, Tensor | undefined]
  if (operator !== Gemm && (operator !== MatMul || a.shape.length !== 2 || b.shape.length !== 2)) return undefined
  return { a, b, c, alpha: 1, beta: 1, transA: 0, transB: 0, ...attributes }
}

function gemm({ a, b, c, alpha, beta, transA, transB }: Product): Tensor {
  return apply1(Gemm, c ? [a, b, c] : [a, b], { alpha, beta, transA, transB })
}

const untransposed = (x: Tensor): Tensor | undefined => (x.node.operator === Transpose ? transpose(x) : undefined)

const repeatsTo = (x: Tensor, target: Tensor): boolean =>
  x.shape.length <= target.shape.length && sameShape(broadcastShape(x.shape, target.shape), target.shape)

/** Gemm holds its factors in float32: a float64 graph must not lose digits to them. */
const isExact = (factor: number, dtype: DType): boolean => dtype !== 'float64' || Math.fround(factor) === factor
