import { EosError } from '@eos-sgd/core'
import {
  argMax,
  cast,
  equal,
  oneHot,
  reduceLogSumExp,
  reduceMean,
  reduceSum,
  sameShape,
  showType,
  sizeOf,
  type Tensor,
} from '@eos-sgd/graph'

/**
 * Mean cross-entropy of logits `[B, ..., C]` with labels `[B, ...]` (int64), over samples and positions:
 * `mean(log sum_c e^z_c - z_label)`, in nats. Shifted by the maximum inside, so that it is exact for logits of any size.
 * Uniform logits give `ln C`. Cost: 8 passes over the logits.
 */
export function crossEntropy(logits: Tensor, label: Tensor): Tensor {
  const { z, labels } = positions(logits, label)
  // A product with indicators is as fast as GatherElements and ScatterElements, and has no index to go wrong.
  const chosen = cast(oneHot(labels, z.shape[1] as number), z.dtype)
  return reduceMean(reduceLogSumExp(z, [1]).sub(reduceSum(chosen.mul(z), [1])))
}

/**
 * Share of samples, or positions, whose largest logit is the label's; of equal logits the first counts. `[B, ..., C]`
 * and `[B, ...]` to a scalar.
 */
export function accuracy(logits: Tensor, label: Tensor): Tensor {
  const { z, labels } = positions(logits, label)
  return reduceMean(cast(equal(argMax(z, 1), labels), 'float32'))
}

/** Logits as `[N, C]` and labels as `[N]`. */
function positions(logits: Tensor, label: Tensor): { readonly z: Tensor; readonly labels: Tensor } {
  const [places, classes] = [logits.shape.slice(0, -1), logits.shape.at(-1)]
  if (places.length === 0 || classes === undefined || !sameShape(label.shape, places))
    throw new EosError(
      'LOSS_SHAPE',
      `Cross-entropy and accuracy need logits [B, ..., C] and labels [B, ...], got ${showType(logits)} and ${showType(label)}.`,
    )
  const count = sizeOf(places)
  return { z: logits.reshape([count, classes]), labels: label.reshape([count]) }
}

/** Mean over all elements of `(output - target)^2`; no factor 1/2. Both of one shape. */
export function meanSquaredError(output: Tensor, target: Tensor): Tensor {
  if (!sameShape(output.shape, target.shape))
    throw new EosError('LOSS_SHAPE', `The model returns ${showType(output)}, but the target is ${showType(target)}.`, {
      hint: 'Make the last width the number of values of a target.',
    })
  const error = output.sub(target)
  return reduceMean(error.mul(error))
}
