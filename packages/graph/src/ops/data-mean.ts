import { apply1 } from '../apply.ts'
import type { NdArray } from '../array.ts'
import { defineOp } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import type { TensorType } from '../type.ts'

/**
 * Marks a mean over the data of a step: with the data in one piece the value itself, with micro-batches or ranks the
 * mean of its values there. A step is cut at its marks. Linear and self-adjoint, so derivatives carry marks to where
 * they belong. Written to ONNX as Identity.
 */
export const DataMean = defineOp({
  type: 'DataMean',
  infer: ([x]) => [x as TensorType],
  evaluate: ([x]) => [x as NdArray],
  tangent: 'linear',
  transpose: (_, [cotangent]) => cotangent && dataMean(cotangent),
})

/**
 * The mean of `x` over the micro-batches (and ranks) of a step; `x` itself where there is one. For statistics that a
 * model takes over the whole batch, such as those of batch normalisation.
 */
export const dataMean = (x: Tensor): Tensor => apply1(DataMean, [x])
