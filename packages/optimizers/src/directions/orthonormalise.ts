import { constant, matmul, reduceSumSquare, type Tensor, transpose } from '@eos-sgd/graph'
import { leastSquare } from '../geometries/parts.ts'
import { identityMatrix } from './matrix.ts'

/** Length of what completes a basis whose columns depend on each other, beside columns of length 1. */
const completion = 1e-5

/**
 * An orthonormal basis of the columns of `Y`, m x k with k < m, without QR, which ONNX lacks. Twice over: normalise
 * the columns, `G = Y'Y + 1e-6 I`, `Y <- Y G^(-1/2)`. Orthonormal to 3e-5 while the columns are independent.
 *
 * A QR of dependent columns completes the basis with arbitrary ones; here a fixed orthonormal frame of length 1e-5
 * does. So a subspace that lost dimensions (a zero gradient, or one of low rank) wins them back.
 * Cost `8 m k^2 + 144 k^3`. Source: controller.md, section 3.
 */
export function orthonormalise(y: Tensor): Tensor {
  const [m, k] = y.shape as readonly [number, number]
  const once = symmetric(unitColumns(y).add(cosines(m, k, completion)))
  return symmetric(unitColumns(once))
}

/** `Y (Y'Y + 1e-6 I)^(-1/2)`. */
function symmetric(y: Tensor): Tensor {
  const k = y.shape[1] as number
  return matmul(y, inverseSquareRoot(matmul(transpose(y), y).add(identityMatrix(k, 1e-6))))
}

/**
 * `G^(-1/2)` of a symmetric positive definite matrix, k x k, by the coupled Newton-Schulz iteration:
 * `Y = G/||G||_F`, `Z = I`; `T = (3 I - Z Y)/2`, `Y <- Y T`, `Z <- T Z`; then `Z/sqrt(||G||_F)`.
 * Cost `6 k^3` per iteration. (Higham 2008, section 6.7.)
 */
export function inverseSquareRoot(g: Tensor, iterations = 12): Tensor {
  const k = g.shape[0] as number
  const shrink = reduceSumSquare(g).max(leastSquare).pow(-0.5)
  const halves = identityMatrix(k, 1.5)
  let y = g.mul(shrink)
  let z: Tensor | undefined
  for (let i = 0; i < iterations; i++) {
    const t: Tensor = halves.sub((z ? matmul(z, y) : y).mul(0.5))
    y = matmul(y, t)
    z = z ? matmul(t, z) : t
  }
  return (z as Tensor).mul(shrink.sqrt())
}

const unitColumns = (y: Tensor): Tensor => y.mul(reduceSumSquare(y, [0], true).max(leastSquare).pow(-0.5))

/** The first k columns of the discrete cosine basis of length m, times `length`: orthonormal, touching every row. */
function cosines(m: number, k: number, length: number): Tensor {
  const values = Float64Array.from({ length: m * k }, (_, i) => {
    const [row, column] = [Math.floor(i / k), i % k]
    return length * Math.sqrt((column === 0 ? 1 : 2) / m) * Math.cos((Math.PI * column * (row + 0.5)) / m)
  })
  return constant(values, [m, k])
}
