import type { Geometry } from '@eos-sgd/core'
import { constant, type Leaf, maximum, type Tensor } from '@eos-sgd/graph'
import { asMatrix, matrixShape } from '../directions/matrix.ts'
import { newtonSchulz } from '../directions/newton-schulz.ts'
import { largestSingularValue } from '../directions/singular-value.ts'

/** Options of {@link spectral}. */
export interface SpectralOptions {
  /** Radius of each matrix; 1 by default. */
  readonly radius?: (leaf: Leaf) => number
}

/**
 * The largest singular value over all matrices, each in units of its radius: `||d|| = max_i sigma_1(d_i)/r_i`, every
 * leaf viewed as `rows x rest`. Dual `sum_i r_i ||v_i||_nuclear`, `lmo(v)_i = r_i U V'`: the geometry of Muon.
 *
 * The polar factor is the converged one (ten Newton-Schulz steps, exact to float32 for singular values above 1e-3 of
 * the Frobenius norm), so that a norm is a norm; the direction itself may use a cheaper one. Cost per matrix of
 * m x n, m <= n: about `40 m^2 n` flops for `lmo`, as much for `dualNorm` of another vector, `20 m^3` for `norm`.
 */
export function spectral({ radius = () => 1 }: SpectralOptions = {}): Geometry {
  const polar = (leaf: Leaf, v: Tensor) => newtonSchulz(asMatrix(v), { iterations: 6, polish: 4, factor: radius(leaf) })
  return {
    name: 'spectral',
    lmo: (v) => v.map((leaf, a) => polar(leaf, a).polar.reshape(leaf.shape)),
    norm: (v) =>
      v.leaves
        .map((leaf, i) => largestSingularValue(asMatrix(v.tensors[i] as Tensor)).mul(1 / radius(leaf)))
        .reduce((a, b) => maximum(a, b), constant(0)),
    dualNorm: (v) =>
      v.leaves.map((leaf, i) => polar(leaf, v.tensors[i] as Tensor).nuclear).reduce((a, b) => a.add(b), constant(0)),
  }
}

/** `sqrt(rows/columns)`: the radius of a matrix under orthogonalised momentum. */
export function aspectRadius(leaf: Leaf): number {
  const [rows, columns] = matrixShape(leaf.shape)
  return Math.sqrt(rows / columns)
}
