import type { Geometry } from '@eos-sgd/core'
import type { Tensor, Vector } from '@eos-sgd/graph'
import { leastSquare } from './parts.ts'

/**
 * The norm `||d|| = sqrt(d.Pd)` of a positive diagonal `P`, shaped like the parameters: the geometry of Adam.
 * Dual `sqrt(v.P^-1 v)`, `lmo(v) = P^-1 v / ||v||*`. Sharpness in it is `lambda_max(P^-1 H)`, the effective sharpness.
 */
export function diagonal(scale: Vector): Geometry {
  const divided = (v: Vector): Vector => v.map((_, a, p) => a.div(p as Tensor), scale)
  const multiplied = (v: Vector): Vector => v.map((_, a, p) => a.mul(p as Tensor), scale)
  return {
    name: 'diagonal',
    lmo: (v) => {
      const ascent = divided(v)
      return ascent.scale(v.dot(ascent).max(leastSquare).pow(-0.5))
    },
    norm: (v) => v.dot(multiplied(v)).sqrt(),
    dualNorm: (v) => v.dot(divided(v)).sqrt(),
    metric: multiplied,
    inverseMetric: divided,
  }
}
