import { EosError } from '@eos-sgd/core'
import {
  argMax,
  cast,
  constant,
  equal,
  reduceLogSumExp,
  reduceMean,
  reduceSum,
  sameShape,
  showType,
  type Tensor,
} from '@eos-sgd/graph'

/**
 * Mean cross-entropy of logits `[B, C]` with labels `[B]` (int64): `mean_b(log sum_c e^z_bc - z_b,label)`, in nats.
 * Shifted by the maximum inside, so that it is exact for logits of any size. Uniform logits give `ln C`.
 */
export function crossEntropy(logits: Tensor, label: Tensor): Tensor {
  const [batch, classes] = logits.shape as [number, number]
  if (logits.shape.length !== 2 || !sameShape(label.shape, [batch]))
    throw new EosError(
      'LOSS_SHAPE',
      `Cross-entropy needs logits [B, C] and labels [B], got ${showType(logits)} and ${showType(label)}.`,
    )
  const every = constant(
    Array.from({ length: classes }, (_, c) => c),
    [1, classes],
    'int64',
  )
  const chosen = cast(equal(label.reshape([batch, 1]), every), logits.dtype)
  return reduceMean(reduceLogSumExp(logits, [1]).sub(reduceSum(chosen.mul(logits), [1])))
}

/** Share of samples whose largest logit is the label's; of equal logits the first counts. `[B, C]`, `[B]` to a scalar. */
export const accuracy = (logits: Tensor, label: Tensor): Tensor =>
  reduceMean(cast(equal(argMax(logits, 1), label), 'float32'))

/** Mean over all elements of `(output - target)^2`; no factor 1/2. Both of one shape. */
export function meanSquaredError(output: Tensor, target: Tensor): Tensor {
  if (!sameShape(output.shape, target.shape))
    throw new EosError('LOSS_SHAPE', `The model returns ${showType(output)}, but the target is ${showType(target)}.`, {
      hint: 'Make the last width the number of values of a target.',
    })
  const error = output.sub(target)
  return reduceMean(error.mul(error))
}
