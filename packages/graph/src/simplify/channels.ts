import { apply1 } from '../apply.ts'
import { Add, add, Mul, mul, neg, Sub } from '../ops/arithmetic.ts'
import { BatchNormalization } from '../ops/batch-norm.ts'
import { constant } from '../ops/leaf.ts'
import { ReduceMean, ReduceSum, ReduceSumSquare, reduceMean, reduceSum } from '../ops/reduction.ts'
import { reshape } from '../ops/shape.ts'
import type { Node, Tensor } from '../tensor.ts'
import { type Shape, sameShape, sizeOf } from '../type.ts'
import type { Rule, Uses } from './rewrite.ts'

/**
 * `a x`, `x + b`, `x - b` and `b - x` with one number per channel of small images become a normalisation by mean 0 and
 * variance 1, together one pass. Broadcasting walks image by image, up to three times as slow where they are small; where
 * they are large ONNX Runtime spreads it over threads, a normalisation not.
 */
export const channelFactors: Rule = (node) => {
  const parts = perChannel(node)
  if (!parts) return
  const { x, vector, subtracted } = parts
  const each = (value: number): Tensor => constant(value, vector.shape, vector.dtype)
  if (node.operator === Mul) return affine(x, vector, each(0))
  if (node.operator === Add) return affine(x, each(1), vector)
  return subtracted ? affine(x, each(-1), vector) : affine(x, each(1), neg(vector))
}

/** What is added to a normalisation, by channel, goes into its shift, where nothing else reads what lies between. */
export const channelAddends: Rule = (node, uses) => {
  const parts = node.operator === Mul ? undefined : perChannel(node)
  if (!parts || parts.subtracted) return
  return raised(parts.x, node.operator === Sub ? neg(parts.vector) : parts.vector, uses)
}

/** Sums over all axes but the channels run over each image first, which lies in one piece, and then over the samples. */
export const channelSums: Rule = ({ operator, inputs, outputs, attributes }) => {
  if (operator !== ReduceSum && operator !== ReduceMean && operator !== ReduceSumSquare) return
  const [x] = inputs as [Tensor]
  const axes = attributes.axes as readonly number[]
  if (!hasImages(x.shape) || axes.length !== x.shape.length - 1 || axes.includes(1)) return
  const reduce = operator === ReduceMean ? reduceMean : reduceSum
  const ofImages = reduce(
    operator === ReduceSumSquare ? mul(x, x) : x,
    axes.filter((axis) => axis > 1),
  )
  return reshape(reduce(ofImages, [0]), (outputs[0] as Tensor).shape)
}

function raised(x: Tensor, by: Tensor, uses: Uses): Tensor | undefined {
  if (uses(x) !== 1) return undefined
  const { operator, inputs, attributes } = x.node
  if (operator === BatchNormalization) {
    const [of, scale, shift, ...statistics] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor]
    return apply1(BatchNormalization, [of, scale, add(shift, by), ...statistics], attributes)
  }
  const [a, b] = inputs as [Tensor, Tensor]
  if (operator !== Add || !sameShape(a.shape, b.shape)) return undefined
  const left = raised(a, by, uses)
  if (left) return add(left, b)
  const right = raised(b, by, uses)
  return right && add(a, right)
}

const affine = (x: Tensor, scale: Tensor, shift: Tensor): Tensor => {
  const [zero, one] = [0, 1].map((value) => constant(value, scale.shape, scale.dtype)) as [Tensor, Tensor]
  return apply1(BatchNormalization, [x, scale, shift, zero, one], { epsilon: 0 })
}

/** Largest image, in numbers, whose channels are multiplied by a normalisation. */
const smallImage = 256

const hasImages = (shape: Shape): boolean =>
  shape.length > 2 && shape[1] !== 1 && shape.slice(2).some((extent) => extent !== 1)

/** The operand of full shape and the one with a number per channel, as a vector. */
function perChannel({ operator, inputs, outputs }: Node) {
  const { shape } = outputs[0] as Tensor
  if (operator !== Add && operator !== Sub && operator !== Mul) return undefined
  if (!hasImages(shape) || sizeOf(shape.slice(2)) > smallImage) return undefined
  const [a, b] = inputs as [Tensor, Tensor]
  for (const [x, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const lead = shape.length - other.shape.length
    const fits = other.shape.every((extent, axis) => extent === (axis + lead === 1 ? shape[1] : 1))
    if (fits && lead <= 1 && sameShape(x.shape, shape))
      return { x, vector: reshape(other, [shape[1] as number]), subtracted: operator === Sub && x === b }
  }
  return undefined
}
