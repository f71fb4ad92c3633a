import { EosError } from '../error.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, showType } from '../type.ts'
import { add, mul } from './arithmetic.ts'
import { cast, greater } from './comparison.ts'
import { constant } from './leaf.ts'
import { matmul, swapLast, transpose } from './linear-algebra.ts'
import { where } from './selection.ts'
import { reshape } from './shape.ts'
import { softmax } from './softmax.ts'

/** Options of {@link attention}. */
export interface AttentionOptions {
  /** Whether query `t` sees the keys `0 .. t` only; false by default. */
  readonly causal?: boolean
  /** Which keys a query sees, besides: bool, of a shape that broadcasts to `[..., queries, keys]`; with heads, `[..., heads, queries, keys]`. */
  readonly mask?: Tensor
  /** The last axis of `q`, `k` and `v` holds so many heads one after the other, which attend by themselves; 1 by default. */
  readonly heads?: number
}

/** What is added to the score of a key that is not seen: its weight is exactly 0, and no arithmetic with infinity is done. */
const unseen = -1e9

/**
 * Scaled dot-product attention `softmax(q k' / sqrt d) v` of queries `[..., queries, d]`, keys `[..., keys, d]` and
 * values `[..., keys, e]`, to `[..., queries, e]`; `d` and `e` are per head. A query that sees no key takes the mean of
 * all values. Cost: `2 queries keys (d + e)` flops a head and 5 passes over its weights `[queries, keys]`.
 * Throws `SHAPE`. Source: Vaswani et al., arXiv:1706.03762, section 3.2.
 *
 * @example
 * const mixed = attention(q, k, v, { heads: 4, causal: true })
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const { causal = false, mask, heads = 1 } = options
  const [queries, keys, values] = [q, k, v].map((x) => splitHeads(x, heads)) as [Tensor, Tensor, Tensor]
  const width = queries.shape.at(-1) as number
  let scores = matmul(mul(queries, 1 / Math.sqrt(width)), swapLast(keys))
  const dtype = scores.dtype
  if (causal) {
    const [rows, columns] = scores.shape.slice(-2) as [number, number]
    // Compared when the graph runs, once for all heads: as a constant it would be a table in every file.
    const later = greater(steps(columns, [1, columns]), steps(rows, [rows, 1]))
    scores = add(scores, mul(cast(later, dtype), unseen))
  }
  if (mask) scores = where(mask, scores, constant(unseen, [], dtype))
  return joinHeads(matmul(softmax(scores), values), heads)
}

/** `[..., T, heads d]` as `[..., heads, T, d]`. */
function splitHeads(x: Tensor, heads: number): Tensor {
  const width = x.shape.at(-1)
  if (x.shape.length < 2 || !(Number.isInteger(heads) && heads > 0) || (width as number) % heads !== 0)
    throw new EosError('SHAPE', `${showType(x)} does not hold ${heads} heads of a sequence.`, {
      hint: 'Give [..., T, width] with a width that the number of heads divides.',
    })
  if (heads === 1) return x
  return swapBeforeLast(reshape(x, [...x.shape.slice(0, -1), heads, (width as number) / heads]))
}

/** The inverse of {@link splitHeads}. */
function joinHeads(x: Tensor, heads: number): Tensor {
  if (heads === 1) return x
  const [steps, width] = x.shape.slice(-2) as [number, number]
  return reshape(swapBeforeLast(x), [...x.shape.slice(0, -3), steps, heads * width])
}

/** Exchanges the second-last and third-last axes. */
const swapBeforeLast = (x: Tensor): Tensor => {
  const rank = x.shape.length
  return transpose(
    x,
    x.shape.map((_, axis) => (axis === rank - 3 ? rank - 2 : axis === rank - 2 ? rank - 3 : axis)),
  )
}

const steps = (count: number, shape: readonly number[], dtype: DType = 'float32'): Tensor =>
  constant(
    Array.from({ length: count }, (_, t) => t),
    shape,
    dtype,
  )
