import { apply1 } from '../apply.ts'
import type { NdArray } from '../array.ts'
import { EosError } from '../error.ts'
import { defineOp } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat, showType, sizeOf, type TensorType } from '../type.ts'
import { add, div, mul, neg, sub } from './arithmetic.ts'
import { broadcastLike } from './broadcast.ts'
import { dataMean } from './data-mean.ts'
import { sqrt } from './elementary.ts'
import { stopGradient } from './leaf.ts'
import { reduceMean, reduceSumSquare } from './reduction.ts'
import { reshape } from './shape.ts'

const vectorNames = ['scale', 'shift', 'mean', 'variance']

/**
 * Normalises every channel (axis 1) by given statistics: `scale (x - mean) / sqrt(variance + epsilon) + shift`, with
 * one number per channel in each of the four vectors. ONNX's operator in inference mode. The tangent is that of the
 * expression, with one multiplier and one addend per channel.
 */
export const BatchNormalization = defineOp({
  type: 'BatchNormalization',
  attributes: { epsilon: 'float' },
  infer: ([x, ...vectors]) => {
    const { shape, dtype } = x as TensorType
    if (shape.length < 2)
      throw new EosError('SHAPE', `Needs samples and channels, [N, C, ...], got ${showType(x as TensorType)}.`)
    if (!isFloat(dtype))
      throw new EosError('DTYPE', `Needs a float tensor, got ${showType(x as TensorType)}.`, { hint: 'Cast it.' })
    vectors.forEach((vector, i) => {
      if (vector.dtype !== dtype || vector.shape.length !== 1 || vector.shape[0] !== shape[1])
        throw new EosError(
          'SHAPE',
          `The ${vectorNames[i]} of ${shape[1]} channels must be ${showType({ shape: [shape[1] as number], dtype })}, got ${showType(vector)}.`,
        )
    })
    return [{ shape, dtype }]
  },
  evaluate: ([x, ...vectors], { epsilon }) => {
    const { shape, dtype, data } = x as NdArray
    const [channels, inner] = [shape[1] as number, sizeOf(shape.slice(2))]
    const [scale, shift, mean, variance] = vectors.map((vector) => vector.data) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    const factor = scale.map((s, c) => s / Math.sqrt((variance[c] as number) + (epsilon as number)))
    const normalised = data.map((value, i) => {
      const c = Math.floor(i / inner) % channels
      return (factor[c] as number) * (value - (mean[c] as number)) + (shift[c] as number)
    })
    return [{ shape, dtype, data: normalised }]
  },
  tangent: (node, [dx, dscale, dshift, dmean, dvariance]) => {
    const [x, scale, , mean, variance] = node.inputs as [Tensor, Tensor, Tensor, Tensor, Tensor]
    const deviation = sqrt(add(variance, node.attributes.epsilon as number))
    const factor = div(scale, deviation)
    // With y = factor x + addend, dy = factor dx + dfactor x + daddend.
    const relative = dvariance && div(dvariance, mul(mul(deviation, deviation), -2))
    const dfactor = sum(dscale && div(dscale, deviation), relative && mul(factor, relative))
    const daddend = sum(dshift, dfactor && neg(mul(mean, dfactor)), dmean && neg(mul(factor, dmean)))
    const tangent = sum(
      dx && mul(dx, perChannel(factor, x)),
      dfactor && mul(x, perChannel(dfactor, x)),
      daddend && perChannel(daddend, x),
    )
    return [tangent && broadcastLike(tangent, x)]
  },
})

/** Options of {@link batchNorm}; the vectors have one number per channel. */
export interface BatchNormOptions {
  readonly scale: Tensor
  readonly shift: Tensor
  readonly runningMean: Tensor
  readonly runningVariance: Tensor
  /** `train` normalises by the statistics of the batch, `evaluate` by the running ones. */
  readonly mode: 'train' | 'evaluate'
  /** Weight of the batch in the running statistics; 0.1 by default. */
  readonly momentum?: number
  /** Added to the variance, in squared units of `x`; 1e-5 by default. */
  readonly epsilon?: number
  /**
   * Of what the statistics are taken in training: of every micro-batch by itself, as frameworks do (the default), or of
   * the whole batch, so that micro-batches give the losses of the batch in one piece.
   */
  readonly statistics?: 'microBatch' | 'batch'
}

/** What {@link batchNorm} returns. */
export interface BatchNormResult {
  readonly output: Tensor
  /** The running statistics after this batch; the given ones in mode `evaluate`. No derivative goes through them. */
  readonly runningMean: Tensor
  readonly runningVariance: Tensor
}

/**
 * Batch normalisation over every axis but the second, of `x` `[N, C]`, `[N, C, L]`, `[N, C, H, W]`, ...:
 * `scale (x - m) / sqrt(v + epsilon) + shift` per channel. In training `m` and `v` are mean and biased variance of the
 * batch, through which derivatives go, to any order; the running ones become
 * `(1 - momentum) running + momentum m` and `... v n/(n-1)`, `n` the numbers per channel, as in PyTorch.
 *
 * Cost in passes over `x`: 6 forward (mean, centring, square, its sum, multiple, addend; 5 where the last two
 * are fused), 1 in mode `evaluate`.
 * Throws `SHAPE`, also for one number per channel in training, which has no variance.
 * Source: Ioffe and Szegedy, arXiv:1502.03167.
 *
 * @example
 * const { output, runningMean } = batchNorm(x, { scale, shift, runningMean, runningVariance, mode })
 */
export function batchNorm(x: Tensor, options: BatchNormOptions): BatchNormResult {
  const { scale, shift, mode, momentum = 0.1, epsilon = 1e-5, statistics = 'microBatch' } = options
  const [runningMean, runningVariance] = [stopGradient(options.runningMean), stopGradient(options.runningVariance)]
  const operands = [x, scale, shift, runningMean, runningVariance]
  BatchNormalization.infer(operands, { epsilon })
  if (mode === 'evaluate') {
    const output = apply1(BatchNormalization, operands, { epsilon })
    return { output, runningMean: options.runningMean, runningVariance: options.runningVariance }
  }
  const count = sizeOf(x.shape) / (x.shape[1] as number)
  if (count < 2)
    throw new EosError('SHAPE', `${showType(x)} has one number per channel, which has no variance.`, {
      hint: 'Train with more than one sample.',
    })
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]))
  const over = statistics === 'batch' ? dataMean : (value: Tensor): Tensor => value
  const mean = over(reduceMean(x, axes))
  // A variance as a mean square less a squared mean loses its digits where the mean is large. So x is first brought
  // near 0 by numbers that count as constants; statistics of a whole batch cannot wait for its mean.
  const origin = statistics === 'batch' ? runningMean : stopGradient(mean)
  const near = sub(x, perChannel(origin, x))
  const offset = sub(mean, origin)
  const variance = sub(over(div(reduceSumSquare(near, axes), count)), mul(offset, offset))
  const factor = div(scale, sqrt(add(variance, epsilon)))
  const addend = sub(shift, mul(offset, factor))
  const moved = (running: Tensor, now: Tensor): Tensor =>
    add(mul(running, 1 - momentum), mul(stopGradient(now), momentum))
  return {
    output: add(mul(near, perChannel(factor, x)), perChannel(addend, x)),
    runningMean: moved(runningMean, mean),
    runningVariance: moved(runningVariance, mul(variance, count / (count - 1))),
  }
}

/** A vector over the channels in a shape that broadcasts along axis 1 of `x`. */
const perChannel = (vector: Tensor, x: Tensor): Tensor =>
  reshape(vector, [vector.shape[0] as number, ...x.shape.slice(2).map(() => 1)])

/** The sum of those that are there. */
const sum = (...terms: readonly (Tensor | undefined)[]): Tensor | undefined =>
  terms.reduce((total, term) => (total && term ? add(total, term) : (total ?? term)), undefined)
