import { constant, matmul, reduceMean, reduceSum, type Tensor } from '@eos-sgd/graph'
import type { Task } from '../contracts/model.ts'

/** Options of {@link quadratic}. */
export interface QuadraticOptions {
  /** Multiplies the loss. 1 by default. */
  readonly scale?: number
  /** Shape of the parameter; `[d]` by default. */
  readonly shape?: readonly number[]
}

/**
 * A task whose curvature is known: one parameter `theta` of d entries, flattened to x, with loss
 * `x.Hx/2 + pull.x`, where `H` is d x d and `pull` is the batch mean of the field of that name: gradient noise with
 * any statistics. Gradient `Hx + pull`, Hessian `H`.
 */
export function quadratic(hessian: readonly (readonly number[])[], options: QuadraticOptions = {}): Task {
  const d = hessian.length
  const { scale = 1, shape = [d] } = options
  const matrix = constant(hessian.flat(), [d, d])
  return {
    name: `quadratic of ${d}`,
    model: {
      name: 'point',
      parameters: [
        { name: 'theta', shape, role: shape.length > 1 ? 'matrix' : 'vector', init: { kind: 'constant', value: 1 } },
      ],
      buffers: [],
      apply: ({ params }) => ({ output: params.get('theta').reshape([1, d]) }),
    },
    fields: { pull: { shape: [d], dtype: 'float32' } },
    inputs: [],
    loss: (x, { pull }) => {
      const bent = reduceSum(matmul(x, matrix).mul(x)).mul(0.5 * scale)
      return bent.add(reduceSum(reduceMean(pull as Tensor, [0], true).mul(x)).mul(scale))
    },
  }
}
