import { EosError } from '../error.ts'
import { constant } from '../ops/leaf.ts'
import type { Tensor } from '../tensor.ts'
import { showType } from '../type.ts'
import { Vector } from '../vector.ts'
import { jvp } from './jvp.ts'
import { vjp } from './vjp.ts'

/**
 * Gradient of a scalar with respect to the point it was computed at: `dL/d theta`, shaped like `at`.
 * Frozen leaves get zeros. Throws `NOT_SCALAR`. Cost: about two evaluations of `loss` beside its own.
 */
export function grad(loss: Tensor, at: Vector): Vector {
  if (loss.shape.length !== 0)
    throw new EosError('NOT_SCALAR', `A gradient needs a scalar loss, got ${showType(loss)}.`, {
      hint: 'Take its mean or sum.',
    })
  const free = at.leaves.flatMap((leaf, i) => (leaf.frozen ? [] : [i]))
  const gradients = vjp(
    [loss],
    free.map((i) => at.tensors[i] as Tensor),
    [constant(1, [], loss.dtype)],
  )
  const zeros = Vector.zeros(at.leaves).tensors
  return new Vector(
    at.leaves,
    at.leaves.map((_, i) => (free.includes(i) ? gradients[free.indexOf(i)] : zeros[i]) as Tensor),
  )
}

/** The loss and its gradient; both share the forward pass. */
export const valueAndGrad = (loss: Tensor, at: Vector): { readonly value: Tensor; readonly gradient: Vector } => ({
  value: loss,
  gradient: grad(loss, at),
})

/**
 * Derivative of a vector field along `direction`, both with respect to `at`: `d/ds field(at + s direction)` at 0.
 * Frozen leaves do not move.
 */
export function directionalDerivative(field: Vector, at: Vector, direction: Vector): Vector {
  const moving = at.leaves.map((leaf, i) => (leaf.frozen ? undefined : direction.tensors[i]))
  const tangents = jvp(field.tensors, at.tensors, moving)
  const zeros = Vector.zeros(field.leaves).tensors
  return new Vector(
    field.leaves,
    field.leaves.map((_, i) => tangents[i] ?? (zeros[i] as Tensor)),
  )
}

/**
 * Hessian-vector product `H v` of a scalar loss, `H_ij = d2 L / d theta_i d theta_j`: the tangent of the gradient.
 * Unit: loss per parameter squared times the unit of `v`. Cost: about two gradients. (Pearlmutter 1994.)
 */
export const hvp = (loss: Tensor, at: Vector, direction: Vector): Vector =>
  directionalDerivative(grad(loss, at), at, direction)
