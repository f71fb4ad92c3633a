import { type CurvatureEstimator, defineCurvatureEstimator, EosError } from '@eos-sgd/core'
import { and, constant, greater, less, type Tensor, type Vector, where } from '@eos-sgd/graph'

/** Options of {@link powerIteration}. */
export interface PowerIterationOptions {
  /** Hessian products per measurement. 1 by default: the start is the last measurement's result. */
  readonly iterations?: number
  /** Measure on one slice of so many equal ones of the batch. 1 by default: the whole batch. */
  readonly part?: number
}

/**
 * Generalised power iteration with a warm start, in the direction's own geometry: `v <- lmo(Hv)`, value `v.Hv` at
 * `||v|| = 1`. Euclidean: the eigenvalue of H largest in magnitude, with its sign. Diagonal P: that of `P^-1 H`. Any
 * other norm: a local maximum of `d.Hd` over its ball, so a bound from below (geometry.md, section 3).
 *
 * Residual `sqrt(||Hv||*^2 - (v.Hv)^2)`, in the unit of the sharpness, 0 at a fixed point: for a norm from an inner
 * product it is the dual length of `Hv - value Pv`, hence a bound on the distance to an eigenvalue; else the larger,
 * the farther from a stationary point. Where `Hv` is zero or not finite, v stays.
 * Cost: `iterations` products, on 1/part of the batch. State: one vector.
 */
export function powerIteration({ iterations = 1, part = 1 }: PowerIterationOptions = {}): CurvatureEstimator<{
  readonly v: Vector
}> {
  for (const [option, value] of Object.entries({ iterations, part }))
    if (!(Number.isInteger(value) && value >= 1))
      throw new EosError('OPTION', `powerIteration: option "${option}" must be a whole number above 0, got ${value}.`, {
        hint: 'Leave it out for 1.',
      })
  return defineCurvatureEstimator({
    name: 'power iteration',
    cost: { gradients: part === 1 ? 0 : 1 / part, hvps: iterations / part, forwards: 0 },
    init: (context) => {
      const zeros = context.zeros()
      return { v: context.normal('power iteration').map((leaf, v) => (leaf.frozen ? zeros.get(leaf.name) : v)) }
    },
    estimate(context, state) {
      const { geometry } = context
      const batch = part === 1 ? context : context.part(0, part)
      let v = state.v.scale(geometry.norm(state.v).max(1e-30).pow(-1))
      let sharpness: Tensor = constant(0)
      let residual: Tensor = constant(0)
      for (let i = 0; i < iterations; i++) {
        const product = batch.hvp(v)
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
