import { constant, type Tensor, tanh, Vector } from '@eos-sgd/graph'

/** Constants of Adam. */
export interface AdamConstants {
  /** Memory of the first moment, in [0, 1). 0.9 by default. */
  readonly beta1?: number
  /** Memory of the second moment, in [0, 1). 0.999 by default. */
  readonly beta2?: number
  /** Added to the root of the second moment, in loss per parameter. 1e-8 by default. */
  readonly epsilon?: number
}

/** Sums, not averages: `first = m/(1 - beta1)` and `second = v/(1 - beta2)` of the usual moments; steps so far. */
export type AdamState = { readonly first: Vector; readonly second: Vector; readonly count: Tensor }

export const zeroMoments = (zeros: Vector): AdamState => ({ first: zeros, second: zeros, count: constant(0) })

/** First moments cleared; second moments and their count kept. */
export const restartMoments = (state: AdamState): AdamState => ({ ...state, first: Vector.zeros(state.first.leaves) })

/**
 * One step of Adam's moments (Kingma and Ba 2015), in PyTorch's form `u = mhat/(sqrt(vhat) + epsilon)`.
 *
 * With sums in place of averages and `c_i = (1 - beta_i^t)/(1 - beta_i)`:
 * `u = first'/(sqrt(second') c1/sqrt(c2) + epsilon c1)`.
 * Passes over the parameters: 2 (first) + 3 (second) + 4 (root, scale, shift, quotient) = 9.
 */
export function adamMoments(
  gradient: Vector,
  state: AdamState,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamConstants,
) {
  const count = state.count.add(1)
  const first = state.first.map((_, m, g) => m.mul(beta1).add(g as Tensor), gradient)
  const second = state.second.map((_, v, g) => v.mul(beta2).add((g as Tensor).mul(g as Tensor)), gradient)
  const c1 = weight(beta1, count)
  const factor = c1.mul(weight(beta2, count).pow(-0.5))
  const shift = c1.mul(epsilon)
  const divisor = second.map((_, v) => v.sqrt().mul(factor).add(shift))
  return {
    /** `u`. */
    direction: first.map((_, m, d) => m.div(d as Tensor), divisor),
    /** `mhat`, the filtered gradient. */
    filtered: first.scale(c1.pow(-1)),
    /** `P = sqrt(vhat) + epsilon`, so that `u = P^-1 mhat`. */
    scale: divisor.scale(c1.pow(-1)),
    state: { first, second, count },
  }
}

/**
 * `(1 - beta^t)/(1 - beta)`, the weight that t steps have in a sum. As `1 - e^-y = 2 th/(1 + th)` with
 * `th = tanh(y/2)`, `y = -t ln beta`: without the cancellation of `1 - 0.999` in float32.
 */
function weight(beta: number, count: Tensor): Tensor {
  if (beta === 0) return count.mul(0).add(1)
  const half = tanh(count.mul(-Math.log(beta) / 2))
  return half.div(half.add(1)).mul(2 / (1 - beta))
}
