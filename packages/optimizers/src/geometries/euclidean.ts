import type { Geometry } from '@eos-sgd/core'
import type { Vector } from '@eos-sgd/graph'
import { leastSquare } from './parts.ts'

/**
 * The Euclidean norm `||d|| = sqrt(d.d)`, its own dual: the geometry of SGD and heavy ball.
 * `lmo(v) = v/||v||`, zero at zero. Cost: two passes.
 */
export const euclidean = (): Geometry => ({
  name: 'Euclidean',
  lmo: (v) => v.scale(v.dot(v).max(leastSquare).pow(-0.5)),
  norm: (v) => v.norm(),
  dualNorm: (v) => v.norm(),
  metric: (v: Vector) => v,
  inverseMetric: (v: Vector) => v,
})
