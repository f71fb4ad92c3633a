import { type Direction, defineDirection } from '@eos-sgd/core'
import { greater, minimum, reduceSumSquare, type Tensor, where } from '@eos-sgd/graph'
import { diagonal } from '../geometries/diagonal.ts'
import { notNegative } from '../options.ts'
import {
  type AdamConstants,
  type AdamState,
  adamMoments,
  checkAdam,
  restartMoments,
  zeroMoments,
} from './adam-moments.ts'

/** Constants of LAMB; `epsilon` is 1e-6 by default. */
export interface LambConstants extends AdamConstants {
  /** `lambda`, in one over the unit of a parameter, for parameters that decay. 0.01 by default. */
  readonly weightDecay?: number
}

/**
 * LAMB (You et al. 2020, Algorithm 2 of the conference paper, arXiv:1904.00962v5): per parameter tensor
 * `r = mhat/(sqrt(vhat) + epsilon)`, `d = r + lambda w`, `u = (|w|/|d|) d`, and `u = d` where either norm is zero.
 *
 * With bias correction, as in versions 1 and 5 of the paper (version 3 has none); its scaling function `phi` is the
 * identity, as in most implementations. Others clamp `|w|` to 10, leave the correction out of the norm, or
 * skip the trust ratio `|w|/|d|` for parameters that do not decay; here those (and frozen ones) only lack `lambda w`.
 *
 * Geometry: diagonal, `P = (sqrt(vhat) + epsilon) |d|/|w|` tensor by tensor, so that `u = P^-1 q` for
 * `q = mhat + lambda (sqrt(vhat) + epsilon) w`. No threshold is published for it, so it declares no gain.
 * State: two vectors and a count. Passes over the parameters: 14.
 */
export function lambDirection(options: LambConstants = {}): Direction<AdamState> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-6, weightDecay = 0.01 } = options
  checkAdam('lambDirection', { beta1, beta2, epsilon })
  notNegative('lambDirection', 'weightDecay', weightDecay)
  return defineDirection({
    name: 'LAMB',
    init: (context) => zeroMoments(context.zeros()),
    direction(context, state) {
      const { params } = context.point
      const step = adamMoments(context.gradient(), state, { beta1, beta2, epsilon })
      const decayed = step.direction.map(
        (leaf, r, w) => (leaf.decay && !leaf.frozen && weightDecay > 0 ? (w as Tensor).mul(weightDecay).add(r) : r),
        params,
      )
      const ratios = decayed.leaves.map(({ name }) => [name, trustRatio(params.get(name), decayed.get(name))] as const)
      const trust = new Map(ratios)
      return {
        direction: decayed.map(({ name }, d) => d.mul(trust.get(name) as Tensor)),
        geometry: diagonal(step.scale.map(({ name }, p) => p.div(trust.get(name) as Tensor))),
        state: step.state,
      }
    },
    restart: restartMoments,
  })
}

/** `|w|/|d|`, a scalar; 1 where either is zero. */
function trustRatio(w: Tensor, d: Tensor): Tensor {
  const [weights, length] = [reduceSumSquare(w).sqrt(), reduceSumSquare(d).sqrt()]
  const moves = greater(minimum(weights, length), 0)
  return where(moves, weights, 1).div(where(moves, length, 1))
}
