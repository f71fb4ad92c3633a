import { constant, type Tensor, tanh, Vector } from '@eos-sgd/graph'
import { fraction, positive } from '../options.ts'

/** Constants of Adam. */
export interface AdamConstants {
  /** Memory of the first moment, in [0, 1). 0.9 by default. */
  readonly beta1?: number
  /** Memory of the second moment, in [0, 1). 0.999 by default. */
  readonly beta2?: number
  /** Added to the root of the second moment, in loss per parameter. 1e-8 by default. */
  readonly epsilon?: number
}

/** Constants of QHAdam. */
export interface QHAdamConstants extends AdamConstants {
  /** Share of the first moment in the numerator, in [0, 1]; the gradient has the rest. */
  readonly nu1?: number
  /** Share of the second moment under the root, in [0, 1]; the squared gradient has the rest. */
  readonly nu2?: number
}

/** Throws `OPTION` for constants that Adam cannot have. */
export function checkAdam(owner: string, { beta1, beta2, epsilon }: Required<AdamConstants>): void {
  fraction(owner, 'beta1', beta1)
  fraction(owner, 'beta2', beta2)
  positive(owner, 'epsilon', epsilon)
}

/** Sums, not averages: `first = m/(1 - beta1)` and `second = v/(1 - beta2)` of the usual moments; steps so far. */
export type AdamState = { readonly first: Vector; readonly second: Vector; readonly count: Tensor }

export const zeroMoments = (zeros: Vector): AdamState => ({ first: zeros, second: zeros, count: constant(0) })

/** First moments cleared; second moments and their count kept. */
export const restartMoments = (state: AdamState): AdamState => ({ ...state, first: Vector.zeros(state.first.leaves) })

/**
 * One step of the moments of Adam (Kingma and Ba 2015), in PyTorch's form `u = mhat/(sqrt(vhat) + epsilon)`, and of
 * QHAdam (Ma and Yarats 2019), which has `q = (1 - nu1) g + nu1 mhat` in place of `mhat` and
 * `(1 - nu2) g^2 + nu2 vhat` in place of `vhat`; Adam is `nu1 = nu2 = 1`.
 *
 * With sums in place of averages and `c_i = (1 - beta_i^t)/(1 - beta_i)`:
 * `u = first'/(sqrt(second') c1/sqrt(c2) + epsilon c1)`, and with `nu_i sum' + (1 - nu_i) c_i fresh` for each sum.
 * Passes over the parameters: 2 (first) + 3 (second) + 4 (root, scale, shift, quotient) = 9, and 3 for each nu below 1.
 */
export function adamMoments(
  gradient: Vector,
  state: AdamState,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, nu1 = 1, nu2 = 1 }: QHAdamConstants,
) {
  const count = state.count.add(1)
  const squares = gradient.map((_, g) => g.mul(g))
  const first = state.first.map((_, m, g) => m.mul(beta1).add(g as Tensor), gradient)
  const second = state.second.map((_, v, s) => v.mul(beta2).add(s as Tensor), squares)
  const c1 = weight(beta1, count)
  const c2 = weight(beta2, count)
  const numerator = mixed(first, gradient, nu1, c1)
  const factor = c1.mul(c2.pow(-0.5))
  const shift = c1.mul(epsilon)
  const divisor = mixed(second, squares, nu2, c2).map((_, v) => v.sqrt().mul(factor).add(shift))
  return {
    /** `u`. */
    direction: numerator.map((_, m, d) => m.div(d as Tensor), divisor),
    /** `q`, the filtered gradient: `mhat` for Adam. */
    filtered: numerator.scale(c1.pow(-1)),
    /** `P`, the root plus epsilon, so that `u = P^-1 q`. */
    scale: divisor.scale(c1.pow(-1)),
    state: { first, second, count },
  }
}

/** `nu sum + (1 - nu) weight fresh`: `weight` times the mean of which `fresh` has the share `1 - nu`. */
const mixed = (sum: Vector, fresh: Vector, nu: number, weight: Tensor): Vector =>
  nu === 1 ? sum : sum.map((_, s, f) => s.mul(nu).add((f as Tensor).mul(weight.mul(1 - nu))), fresh)

/**
 * `(1 - beta^t)/(1 - beta)`, the weight that t steps have in a sum. As `1 - e^-y = 2 th/(1 + th)` with
 * `th = tanh(y/2)`, `y = -t ln beta`: without the cancellation of `1 - 0.999` in float32.
 */
function weight(beta: number, count: Tensor): Tensor {
  if (beta === 0) return count.mul(0).add(1)
  const half = tanh(count.mul(-Math.log(beta) / 2))
  return half.div(half.add(1)).mul(2 / (1 - beta))
}
