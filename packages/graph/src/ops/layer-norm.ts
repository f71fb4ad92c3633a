import type { Tensor } from '../tensor.ts'
import { sizeOf } from '../type.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { sqrt } from './elementary.ts'
import { reduceMean, reduceSumSquare } from './reduction.ts'

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** Factor and addend after normalising, of shapes that broadcast to `x`; none by default. */
  readonly scale?: Tensor
  readonly shift?: Tensor
  /** What is normalised over; the last axis by default. */
  readonly axes?: readonly number[]
  /** Added to the variance, in squared units of `x`; 1e-5 by default. */
  readonly epsilon?: number
}

/**
 * Layer normalisation: `scale (x - m) / sqrt(v + epsilon) + shift`, with mean `m` and biased variance `v` of each sample
 * over `axes`. Keeps the shape of `x`. Adding a number to a sample changes nothing, nor does a positive factor but for
 * `epsilon`. Cost: 4 passes over `x`, 2 more for scale and shift. Source: Ba, Kiros and Hinton, arXiv:1607.06450.
 *
 * @example
 * const y = layerNorm(x, { scale, shift })
 */
export function layerNorm(x: Tensor, options: LayerNormOptions = {}): Tensor {
  const { scale, shift, axes = [-1], epsilon = 1e-5 } = options
  const mean = reduceMean(x, axes, true)
  const centred = sub(x, mean)
  const variance = div(reduceSumSquare(centred, axes, true), sizeOf(x.shape) / sizeOf(mean.shape))
  const deviation = sqrt(add(variance, epsilon))
  const normalised = div(centred, deviation)
  const scaled = scale ? mul(normalised, scale) : normalised
  return shift ? add(scaled, shift) : scaled
}
