import { EosError } from '../error.ts'
import type { Tensor } from '../tensor.ts'
import { showType } from '../type.ts'
import { mul } from './arithmetic.ts'
import { cast, greaterOrEqual } from './comparison.ts'

/**
 * Dropout: `x [u >= rate] / (1 - rate)`, elementwise, whose mean over `u` is `x`. The random numbers are an input, so
 * that the graph stays a function: `uniform` has the shape of `x`, or one that broadcasts to it, and numbers on [0, 1).
 * Throws `DROPOUT_RATE` unless `0 <= rate < 1`; rate 0 gives `x` itself. Cost: 4 passes over `x`.
 */
export function dropout(x: Tensor, uniform: Tensor, rate: number): Tensor {
  if (!(rate >= 0 && rate < 1))
    throw new EosError('DROPOUT_RATE', `Dropout needs a rate of at least 0 and below 1, got ${rate}.`, {
      hint: `At 1 nothing of ${showType(x)} would be left.`,
    })
  return rate === 0 ? x : mul(x, mul(cast(greaterOrEqual(uniform, rate), x.dtype), 1 / (1 - rate)))
}
