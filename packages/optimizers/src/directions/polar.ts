import { concat, constant, matmul, reduceSum, reduceSumSquare, type Tensor, take, transpose } from '@eos-sgd/graph'
import { leastSquare } from '../geometries/parts.ts'
import { extents, gram, identityMatrix, onShortSide } from './matrix.ts'
import type { Polar } from './newton-schulz.ts'
import { orthonormalise } from './orthonormalise.ts'

/** Minimax quintics on singular values [.02, 1]: after all three they lie in .91 to 1.09. */
const quintics = [
  [7.710969, -22.113755, 16.248743],
  [3.215276, -2.411172, 0.5013],
  [2.218308, -1.59399, 0.410748],
] as const

/** Up to this short side the quintics take the whole matrix. */
export const smallSide = 64

/**
 * The m x m matrix `F` with `pol(X) = F X`, from the Gram matrix `A = XX'`; each quintic acts on `A` alone:
 * `B = a I + b A + c A^2`, `P <- B P`, `A <- B A B`, started from `A/||A||_F`. Of one matrix or of a stack. Cost `22 m^3`.
 */
function polFactor(gramMatrix: Tensor, trace: Tensor): Tensor {
  const m = gramMatrix.shape.at(-1) as number
  const byTrace = trace.max(leastSquare).pow(-1)
  const unit = gramMatrix.mul(byTrace)
  const z2 = reduceSumSquare(unit, [-2, -1], true).max(leastSquare).pow(-0.5)
  let a = unit.mul(z2)
  let p: Tensor | undefined
  for (const [c0, c1, c2] of quintics) {
    const b = matmul(a, a)
      .mul(c2)
      .add(a.mul(c1).add(identityMatrix(m, c0)))
    p = p ? matmul(b, p) : b
    a = matmul(matmul(b, a), b)
  }
  // The roots one by one: their product is finite in float32 where X is zero, the product itself is not.
  return (p as Tensor).mul(z2.sqrt().mul(byTrace.sqrt()))
}

/** Polar factors of several matrices. */
export interface Polars {
  readonly polars: readonly Tensor[]
  /** The sum of `<X, polar>`. */
  readonly nuclear: Tensor
}

/**
 * Polar factors by three quintics on the smaller Gram matrices, of matrices with the same smaller extent m: theirs are
 * stacked, so that many small ones cost one chain of operators. Singular values above .02 of the Schatten norm
 * `(sum sigma^4)^(1/4)` end in .91 to 1.09; zero stays zero. Invariant to the scale of each matrix; `factors` multiply the
 * results at no cost. Cost `4 m^2 n + 22 m^3` each. Source: controller.md, section 3.
 */
export function pols(xs: readonly Tensor[], factors: readonly number[]): Polars {
  const [first, ...others] = xs.map(gram) as [Tensor, ...Tensor[]]
  const m = first.shape[0] as number
  const lead = others.length === 0 ? [] : [xs.length]
  const grams =
    others.length === 0
      ? first
      : concat(
          [first, ...others].map((a) => a.reshape([1, m, m])),
          0,
        )
  const traces = reduceSum(grams.mul(identityMatrix(m)), [-2, -1], true)
  const f = polFactor(grams, traces).mul(constant(factors, [...lead, 1, 1]))
  return {
    polars: xs.map((x, i) => onShortSide(others.length === 0 ? f : take(f, i), x)),
    nuclear: reduceSum(grams.mul(f)),
  }
}

/** {@link pols} of one matrix. */
export function pol(x: Tensor, factor = 1): Polar {
  const { polars, nuclear } = pols([x], [factor])
  return { polar: polars[0] as Tensor, nuclear }
}

/** A cheap polar factor and the subspace to start from next time. */
export interface CheapPolar extends Polar {
  /** n x k: the next `subspace`. */
  readonly subspace: Tensor
}

/**
 * Polar factor whose k dominant directions are exact to {@link pols} and whose tail is lifted to the same scale.
 *
 * For `Q = X/||X||_F` as m x n, m <= n, and a subspace `V`, n x k, kept between calls (block power iteration):
 * `U` an orthonormal basis of `Q V`, `B = U'Q`, next `V = B'`,
 * `alpha = .9 sqrt((m-k)/max(||Q||^2 - ||B||^2, 1e-6))`, `polar = alpha Q + U (pol(B) - alpha B)`.
 *
 * Every scalar is folded into a matrix of extent k, so that beside three products with `X` (`6 mnk`) there are two
 * passes over it: its norm and `alpha X`. By-product: `<X, polar> = ||X|| (alpha + <BB', F - alpha I>)`, of extent k.
 * Cost `6 mnk + 4 m k^2 + 4 k^2 n`. Source: controller.md, section 3.
 */
export function cheapPolar(x: Tensor, subspace: Tensor, factor = 1): CheapPolar {
  const { m, wide } = extents(x)
  const k = subspace.shape[1] as number
  const size = reduceSumSquare(x).max(leastSquare)
  const shrink = size.pow(-0.5)
  const [short, long] = wide ? [x, transpose(x)] : [transpose(x), x]
  const u = orthonormalise(matmul(short, subspace.mul(shrink)))
  const bt = matmul(long, u.mul(shrink))
  const captured = reduceSumSquare(bt)
  const alpha = captured
    .neg()
    .add(1)
    .max(1e-6)
    .pow(-0.5)
    .mul(0.9 * Math.sqrt(m - k))
  const bb = matmul(transpose(bt), bt)
  const change = polFactor(bb, captured).sub(identityMatrix(k).mul(alpha))
  const w = matmul(u, change.mul(factor))
  const correction = wide ? matmul(w, transpose(bt)) : matmul(bt, transpose(w))
  return {
    polar: correction.add(x.mul(alpha.mul(shrink).mul(factor))),
    nuclear: reduceSum(bb.mul(change)).add(alpha).mul(size.sqrt()).mul(factor),
    subspace: bt,
  }
}
