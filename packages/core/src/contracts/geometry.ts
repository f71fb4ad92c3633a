import type { Tensor, Vector } from '@eos-sgd/graph'

/**
 * A norm on parameters, in which a direction is steepest. `lmo(v)` is the unit-norm maximiser of `<v, d>` and
 * `dualNorm(v) = <v, lmo(v)>`. `metric` and its inverse exist only where the norm comes from an inner product
 * (Euclidean, diagonal): Lanczos needs them.
 */
export interface Geometry {
  readonly name: string
  lmo(v: Vector): Vector
  norm(v: Vector): Tensor
  dualNorm(v: Vector): Tensor
  readonly metric?: (v: Vector) => Vector
  readonly inverseMetric?: (v: Vector) => Vector
}
