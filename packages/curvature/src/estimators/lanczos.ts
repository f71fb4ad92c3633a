import { type CurvatureEstimator, defineCurvatureEstimator, EosError } from '@eos-sgd/core'
import { abs, and, greater, less, maximum, type Tensor, type Vector, where } from '@eos-sgd/graph'
import { type ProductOptions, productsOf, startVector, whole } from './products.ts'

/** Options of {@link lanczos}. */
export interface LanczosOptions extends ProductOptions {
  /** Products per measurement, at least 2. 2 by default: the start is the last measurement's Ritz vector. */
  readonly steps?: number
}

/**
 * Lanczos with k = 2 and a warm start: the largest eigenvalue of `P^-1 H`, algebraically, `P` the metric of the
 * direction's geometry (the identity for Euclidean, Adam's diagonal).
 *
 * With `||v||_P = 1`, `a1 = v.Hv`, `r = Hv - a1 Pv`, `b = ||r||*`, `w = P^-1 r / b` and `a2 = w.Hw`, the matrix of `H`
 * on the span of v and w is `[[a1, b], [b, a2]]`. The sharpness is its larger eigenvalue, in closed form, and the state
 * its Ritz vector, whose product needs no further one. `steps` above 2 start over from there, one product each.
 * The residual `||Hv - sharpness Pv||*` of that vector is in the unit of the sharpness and bounds the distance to an
 * eigenvalue. Where `r` is zero up to rounding (an eigenvector, a zero Hessian) or not finite, v stays.
 *
 * A lower bound on the top that grows with each step on a fixed Hessian; unlike power iteration it passes over negative
 * eigenvalues and needs no gap in magnitude (stability.md, section 7.2). A norm without an inner product has no such
 * eigenvalues: throws `INNER_PRODUCT`, when composed where the direction declares it, else when traced; and `OPTION`.
 * Cost: `steps` products, on 1/part of the batch. State: one vector. Passes: about 7 a step beside the product.
 */
export function lanczos({ steps = 2, ...options }: LanczosOptions = {}): CurvatureEstimator<{ readonly v: Vector }> {
  whole('lanczos', 'steps', steps, 2)
  const products = productsOf('lanczos', steps, options)
  return defineCurvatureEstimator({
    name: `Lanczos${products.name}`,
    cost: products.cost,
    accepts({ name, innerProduct }) {
      if (innerProduct === false) refuse(`that of the direction "${name}"`)
    },
    init: (context) => ({ v: startVector(context, 'lanczos') }),
    estimate(context, state) {
      const { metric, inverseMetric, name } = context.geometry
      if (!metric || !inverseMetric) return refuse(`"${name}"`)
      const multiply = products.on(context)
      const residualOf = (v: Vector, product: Vector, value: Tensor) => {
        const dual = product.sub(metric(v).scale(value))
        const primal = inverseMetric(dual)
        return { primal, length: dual.dot(primal).sqrt() }
      }

      let v = state.v.scale(state.v.dot(metric(state.v)).max(leastSquare).pow(-0.5))
      let product = multiply(v)
      let value = v.dot(product)
      for (let step = 1; step < steps; step++) {
        const { primal, length } = residualOf(v, product, value)
        const unit = primal.scale(length.max(least).pow(-1))
        // Rounding in a small residual leaves a share of v in it.
        const w = unit.sub(v.scale(unit.dot(metric(v))))
        const second = multiply(w)
        const across = w.dot(second)
        const [ritz, cosine, sine] = topOfTwo(value, length, across)
        const resolved = greater(length, abs(value).mul(rounding))
        const usable = and(resolved, less(maximum(length, abs(across)), 1e38))
        const turned = (a: Vector, b: Vector): Vector =>
          a.map((_, x, y) => where(usable, x.mul(cosine).add((y as Tensor).mul(sine)), x), b)
        v = turned(v, w)
        product = turned(product, second)
        value = where(usable, ritz, value)
      }
      return { sharpness: value, residual: residualOf(v, product, value).length, state: { v } }
    },
  })
}

/** A residual of less, relative to the value, is rounding in float32. */
const rounding = 1e-6
/** Below them a length and its square count as zero. */
const least = 1e-30
const leastSquare = 1e-37

/** The larger eigenvalue of `[[a, b], [b, c]]`, b >= 0, and its unit vector; no difference of nearly equal numbers. */
function topOfTwo(a: Tensor, b: Tensor, c: Tensor): [value: Tensor, first: Tensor, second: Tensor] {
  const half = a.sub(c).mul(0.5)
  const radius = half.mul(half).add(b.mul(b)).sqrt().max(least)
  const large = abs(half).div(radius).add(1).mul(0.5).sqrt()
  const small = b.div(radius.mul(large).mul(2))
  const first = greater(half, 0)
  return [a.add(c).mul(0.5).add(radius), where(first, large, small), where(first, small, large)]
}

function refuse(geometry: string): never {
  throw new EosError('INNER_PRODUCT', `Lanczos needs a geometry with an inner product, and ${geometry} has none.`, {
    hint: 'Measure with powerIteration(), secant() or realisedEdge(), or steer a direction like heavyBall() or adamDirection().',
  })
}
