import { EosError } from '../error.ts'
import type { Leaf } from '../leaf.ts'
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
  return pullBack(loss, at, constant(1, [], loss.dtype))
}

/** `J' u` of one output with respect to a point; zeros at frozen leaves. */
function pullBack(output: Tensor, at: Vector, cotangent: Tensor): Vector {
  const free = at.leaves.flatMap((leaf, i) => (leaf.frozen ? [] : [i]))
  const results = vjp(
    [output],
    free.map((i) => at.tensors[i] as Tensor),
    [cotangent],
  )
  const zeros = Vector.zeros(at.leaves).tensors
  return new Vector(
    at.leaves,
    at.leaves.map((_, i) => (free.includes(i) ? results[free.indexOf(i)] : zeros[i]) as Tensor),
  )
}

/** Tangents of a point along a direction: frozen leaves do not move. */
const moving = (at: Vector, direction: Vector): (Tensor | undefined)[] =>
  at.leaves.map((leaf, i) => (leaf.frozen ? undefined : direction.tensors[i]))

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
  const tangents = jvp(field.tensors, at.tensors, moving(at, direction))
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

/**
 * Gauss-Newton product `J' L J v`, with `J` the Jacobian of the model's `output` in the parameters and `L` the Hessian
 * of the loss in that output. Equal to the Hessian product where the model is linear or the loss is stationary in the
 * output; positive semi-definite where the loss is convex in it. `loss` must depend on the point through `output` only.
 * Throws `NOT_SCALAR`. Cost: about a gradient. (Schraudolph 2002.)
 */
export function gaussNewtonProduct(loss: Tensor, output: Tensor, at: Vector, direction: Vector): Vector {
  const [along] = jvp([output], at.tensors, moving(at, direction))
  if (!along) return Vector.zeros(at.leaves)
  const leaf: Leaf = { name: 'output', shape: output.shape, role: 'vector', decay: false, frozen: false }
  const outputs = new Vector([leaf], [output])
  const [bent] = directionalDerivative(grad(loss, outputs), outputs, new Vector([leaf], [along])).tensors
  return pullBack(output, at, bent as Tensor)
}
