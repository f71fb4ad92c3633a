import { type CurvatureEstimator, defineCurvatureEstimator } from '@eos-sgd/core'
import { and, constant, greater, less, type Tensor, type Vector, where } from '@eos-sgd/graph'
import { type ProductOptions, productsOf, startVector, whole } from './products.ts'

/** Options of {@link powerIteration}. */
export interface PowerIterationOptions extends ProductOptions {
  /** Products per measurement. 1 by default: the start is the last measurement's result. */
  readonly iterations?: number
}

/**
 * Generalised power iteration with a warm start, in the direction's own geometry: `v <- lmo(Hv)`, value `v.Hv` at
 * `||v|| = 1`. Euclidean: the eigenvalue of H largest in magnitude, with its sign. Diagonal P: that of `P^-1 H`. Any
 * other norm: a local maximum of `d.Hd` over its ball, so a bound from below (geometry.md, section 3).
 *
 * Residual `sqrt(||Hv||*^2 - (v.Hv)^2)`, in the unit of the sharpness, 0 at a fixed point: for a norm from an inner
 * product it is the dual length of `Hv - value Pv`, hence a bound on the distance to an eigenvalue; else the larger,
 * the farther from a stationary point. Where `Hv` is zero or not finite, v stays.
 * Cost: `iterations` products, on 1/part of the batch. State: one vector. Throws `OPTION`.
 */
export function powerIteration({ iterations = 1, ...options }: PowerIterationOptions = {}): CurvatureEstimator<{
  readonly v: Vector
}> {
  whole('powerIteration', 'iterations', iterations)
  const products = productsOf('powerIteration', iterations, options)
  return defineCurvatureEstimator({
    name: `power iteration${products.name}`,
    cost: products.cost,
    init: (context) => ({ v: startVector(context, 'power iteration') }),
    estimate(context, state) {
      const { geometry } = context
      const multiply = products.on(context)
      let v = state.v.scale(geometry.norm(state.v).max(1e-30).pow(-1))
      let sharpness: Tensor = constant(0)
      let residual: Tensor = constant(0)
      for (let i = 0; i < iterations; i++) {
        const product = multiply(v)
        const next = geometry.lmo(product)
        const length = product.dot(next)
        sharpness = product.dot(v)
        residual = length.sub(sharpness).mul(length.add(sharpness)).max(0).sqrt()
        const usable = and(greater(length, 0), less(length, 1e38))
        v = v.map((_, old, fresh) => where(usable, fresh as Tensor, old), next)
      }
      return { sharpness, residual, state: { v } }
    },
  })
}
