import {
  dataMean,
  directionalDerivative,
  EosError,
  gaussNewtonProduct,
  grad,
  type Leaf,
  scope,
  slice,
  type Tensor,
  Vector,
} from '@eos-sgd/graph'
import type { Batch } from '../contracts/context.ts'
import type { ParameterSpec, Task } from '../contracts/model.ts'
import type { Point, Tensors } from '../contracts/state.ts'

/** The leaf of a parameter; `frozen` names those that a run keeps fixed. */
export const leafOf = (spec: ParameterSpec, frozen: ReadonlySet<string> = new Set()): Leaf => ({
  name: spec.name,
  shape: spec.shape,
  role: spec.role,
  decay: spec.decay ?? true,
  frozen: (spec.frozen ?? false) || frozen.has(spec.name),
})

interface Forward {
  readonly output: Tensor
  readonly loss: Tensor
  readonly buffers: Vector
}

/**
 * Data means over one batch, traced. Loss, gradient and products at one point share a forward pass. `fields` are the
 * tensors of one of `microBatches` equal pieces, each `[samples, ...sample]`; where there are several, what the context
 * answers is marked, and the step is cut at the marks.
 */
export function batchContext(task: Task, point: Point, fields: Tensors, microBatches = 1): Batch {
  const mean = <T extends Tensor | Vector>(value: T): T => {
    if (microBatches === 1) return value
    return (value instanceof Vector ? value.map((_, tensor) => dataMean(tensor)) : dataMean(value as Tensor)) as T
  }
  const forward = remembered((at): Forward => {
    const result = scope(task.model.name, () => task.model.apply({ ...point, params: at }, fields, 'train'))
    const loss = scope('loss', () => task.loss(result.output, fields))
    if (loss.shape.length !== 0)
      throw new EosError('NOT_SCALAR', `The loss of task "${task.name}" has shape [${loss.shape.join(', ')}].`, {
        hint: 'Return the mean over the batch, a scalar.',
      })
    return { output: result.output, loss, buffers: result.buffers ?? point.buffers }
  })
  /** Of this piece alone. */
  const own = remembered((at) => scope('gradient', () => grad(forward(at).loss, at)))
  const loss = remembered((at) => mean(forward(at).loss))
  const gradient = remembered((at) => mean(own(at)))
  const buffers = remembered((at) => mean(forward(at).buffers))

  return {
    loss: (at = point.params) => loss(at),
    gradient: (at = point.params) => gradient(at),
    hvp: (v, { at = point.params, of = 'hessian' } = {}) => {
      if (of === 'hessian') return mean(scope('hvp', () => directionalDerivative(own(at), at, v)))
      const { loss, output } = forward(at)
      return mean(scope('gaussNewton', () => gaussNewtonProduct(loss, output, at, v)))
    },
    buffersAfter: (at = point.params) => buffers(at),
    gradientVariance: (at = point.params) => {
      if (microBatches === 1)
        throw new EosError(
          'MICRO_BATCHES',
          'The variance of the gradient within a step needs micro-batches to compare.',
          {
            hint: 'Train with microBatches: 2 or more, or use a tracker that compares parts or steps: twoHalves(), movingAverage().',
          },
        )
      // The mean of squares less the square of the mean: rounding enters relative to |gradient|^2.
      const [each, all] = [own(at), gradient(at)]
      return dataMean(each.dot(each))
        .sub(all.dot(all))
        .max(0)
        .mul(1 / (microBatches - 1))
    },
    part: (i, of) => batchContext(task, point, sliceFields(fields, i, of), microBatches),
  }
}

/** A function of the point that is traced once for each. */
function remembered<T>(build: (at: Vector) => T): (at: Vector) => T {
  const known = new Map<Vector, T>()
  return (at) => {
    let value = known.get(at)
    if (value === undefined) {
      value = build(at)
      known.set(at, value)
    }
    return value
  }
}

function sliceFields(fields: Tensors, i: number, of: number): Tensors {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const size = field.shape[0] as number
      if (size % of !== 0 || !(i >= 0 && i < of))
        throw new EosError(
          'BATCH_PART',
          `Part ${i} of ${of} of a batch of ${size} samples is not a whole number of samples.`,
          {
            hint: `Choose a batch size that ${of} divides.`,
          },
        )
      return [name, slice(field, 0, (i * size) / of, ((i + 1) * size) / of)]
    }),
  )
}
