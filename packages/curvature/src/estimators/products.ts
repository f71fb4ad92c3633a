import { type Cost, type EdgeContext, EosError, type InitContext } from '@eos-sgd/core'
import type { Vector } from '@eos-sgd/graph'

/** Which matrix an estimator multiplies with, and on how much of the batch. */
export interface ProductOptions {
  /** Measure on one slice of so many equal ones of the batch. 1 by default: the whole batch. */
  readonly part?: number
  /**
   * The Hessian by default. `gaussNewton`: `J' (d2 loss / d output2) J`, at about half the cost; without the curvature of
   * the model itself, so never negative where the loss is convex in the output.
   */
  readonly of?: 'hessian' | 'gaussNewton'
}

/** The products of an estimator that takes `count` of them per measurement. Throws `OPTION` for a bad part. */
export function productsOf(owner: string, count: number, { part = 1, of = 'hessian' }: ProductOptions) {
  whole(owner, 'part', part)
  const slice = part === 1 ? 0 : 1 / part
  const cost: Cost =
    of === 'hessian'
      ? { gradients: slice, hvps: count / part, forwards: 0 }
      : { gradients: count / part, hvps: 0, forwards: slice }
  return {
    cost,
    name: of === 'hessian' ? '' : ', Gauss-Newton',
    /** Multiplies a vector, on the batch of this step. */
    on: (context: EdgeContext): ((v: Vector) => Vector) => {
      const batch = part === 1 ? context : context.part(0, part)
      return (v) => batch.hvp(v, { of })
    },
  }
}

/** A normal vector to start from, zero at frozen leaves. */
export function startVector(context: InitContext, stream: string): Vector {
  const zeros = context.zeros()
  return context.normal(stream).map((leaf, v) => (leaf.frozen ? zeros.get(leaf.name) : v))
}

/** Throws `OPTION` unless the value is a whole number of at least `least`. */
export function whole(owner: string, option: string, value: number, least = 1): void {
  if (!(Number.isInteger(value) && value >= least))
    throw new EosError(
      'OPTION',
      `${owner}: option "${option}" must be a whole number, at least ${least}, got ${value}.`,
      {
        hint: 'Leave it out for the default.',
      },
    )
}
