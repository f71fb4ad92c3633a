import {
  directionalDerivative,
  EosError,
  gaussNewtonProduct,
  grad,
  type Leaf,
  scope,
  slice,
  type Tensor,
  type Vector,
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
 * batch's tensors, each `[batch, ...sample]`.
 */
export function batchContext(task: Task, point: Point, fields: Tensors): Batch {
  const forwards = new Map<Vector, Forward>()
  const gradients = new Map<Vector, Vector>()

  const forward = (at: Vector): Forward => {
    let known = forwards.get(at)
    if (!known) {
      const result = scope(task.model.name, () => task.model.apply({ ...point, params: at }, fields, 'train'))
      const loss = scope('loss', () => task.loss(result.output, fields))
      if (loss.shape.length !== 0)
        throw new EosError('NOT_SCALAR', `The loss of task "${task.name}" has shape [${loss.shape.join(', ')}].`, {
          hint: 'Return the mean over the batch, a scalar.',
        })
      known = { output: result.output, loss, buffers: result.buffers ?? point.buffers }
      forwards.set(at, known)
    }
    return known
  }
  const gradient = (at: Vector): Vector => {
    let known = gradients.get(at)
    if (!known) {
      known = scope('gradient', () => grad(forward(at).loss, at))
      gradients.set(at, known)
    }
    return known
  }

  return {
    loss: (at = point.params) => forward(at).loss,
    gradient: (at = point.params) => gradient(at),
    hvp: (v, { at = point.params, of = 'hessian' } = {}) => {
      if (of === 'hessian') return scope('hvp', () => directionalDerivative(gradient(at), at, v))
      const { loss, output } = forward(at)
      return scope('gaussNewton', () => gaussNewtonProduct(loss, output, at, v))
    },
    buffersAfter: (at = point.params) => forward(at).buffers,
    gradientVariance: () => {
      throw new EosError('NOT_BUILT', 'gradientVariance needs micro-batches, which are not built yet.', {
        hint: 'Track the noise over steps instead, for example with movingAverage().',
      })
    },
    part: (i, of) => batchContext(task, point, sliceFields(fields, i, of)),
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
