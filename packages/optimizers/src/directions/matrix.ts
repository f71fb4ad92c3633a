import { constant, matmul, type Shape, sizeOf, type Tensor, transpose } from '@eos-sgd/graph'

/** Rows and columns of a parameter as a matrix: `outputs x rest`; tables are `rows x width`. */
export const matrixShape = (shape: Shape): readonly [number, number] => {
  const rows = shape[0] as number
  return [rows, sizeOf(shape) / rows]
}

/** A tensor of two or more axes as `rows x rest`; no copy. */
export const asMatrix = (x: Tensor): Tensor => x.reshape(matrixShape(x.shape))

/** Extents as they count: `m <= n`, and whether the matrix lies that way round. */
export function extents(x: Tensor): { readonly m: number; readonly n: number; readonly wide: boolean } {
  const [rows, columns] = x.shape as readonly [number, number]
  const wide = rows <= columns
  return { m: Math.min(rows, columns), n: Math.max(rows, columns), wide }
}

/** The smaller Gram matrix, m x m: `X X'` of a wide matrix, `X' X` of a tall one. Cost `2 m^2 n`. */
export const gram = (x: Tensor): Tensor => (extents(x).wide ? matmul(x, transpose(x)) : matmul(transpose(x), x))

/** A symmetric m x m factor on the short side: `F X` of a wide matrix, `X F` of a tall one. Cost `2 m^2 n`. */
export const onShortSide = (factor: Tensor, x: Tensor): Tensor =>
  extents(x).wide ? matmul(factor, x) : matmul(x, factor)

/** `by * I`, n x n. */
export const identityMatrix = (n: number, by = 1): Tensor => {
  const values = new Float64Array(n * n)
  for (let i = 0; i < n; i++) values[i * (n + 1)] = by
  return constant(values, [n, n])
}
