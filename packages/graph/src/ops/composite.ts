import type { Tensor } from '../tensor.ts'
import { sub } from './arithmetic.ts'
import { cast, equal } from './comparison.ts'
import { exp } from './elementary.ts'
import { constant } from './leaf.ts'
import { reduceLogSumExp } from './reduction.ts'
import { reshape } from './shape.ts'

/** `x - log sum exp x` along an axis: logarithms of probabilities, exact for large and small `x`. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor => sub(x, reduceLogSumExp(x, [axis], true))

/** Probabilities `exp x / sum exp x` along an axis, written as `exp(x - log sum exp x)`, which cannot overflow. */
export const softmax = (x: Tensor, axis = -1): Tensor => exp(logSoftmax(x, axis))

/**
 * Integer labels `[...]` as float32 indicators `[..., classes]`. A label outside `0 .. classes - 1` gives zeros.
 * Carries no derivative.
 */
export function oneHot(labels: Tensor, classes: number): Tensor {
  const range = constant(
    Array.from({ length: classes }, (_, i) => i),
    [classes],
    labels.dtype,
  )
  return cast(equal(reshape(labels, [...labels.shape, 1]), range), 'float32')
}
