import { type Direction, defineDirection } from '@eos-sgd/core'
import { type Tensor, Vector } from '@eos-sgd/graph'
import { euclidean } from '../geometries/euclidean.ts'
import { fraction } from '../options.ts'

/** Options of {@link nesterov}. */
export interface NesterovOptions {
  /** `mu` in [0, 1); 0 is plain gradient descent. 0.9 by default. */
  readonly momentum?: number
}

/**
 * Nesterov momentum in the form of Sutskever et al. 2013 that PyTorch has: `m' = mu m + g`, `u = g + mu m'`, so the
 * stored parameters are the point that the gradient is taken at.
 *
 * Stable while `rate * sharpness` is below `2(1 + mu)/(1 + 2 mu)`, 1.357 at 0.9, so the gain is
 * `(1 + 2 mu)/(1 + mu)` (Cohen et al. 2021; stability.md, section 2). Geometry: Euclidean.
 * State: one vector. Passes over the parameters: 4.
 */
export function nesterov({ momentum = 0.9 }: NesterovOptions = {}): Direction<{ readonly momentum: Vector }> {
  fraction('nesterov', 'momentum', momentum)
  return defineDirection({
    name: 'Nesterov',
    gain: (1 + 2 * momentum) / (1 + momentum),
    init: (context) => ({ momentum: context.zeros() }),
    direction(context, state) {
      const gradient = context.gradient()
      const next = state.momentum.map((_, m, g) => m.mul(momentum).add(g as Tensor), gradient)
      const ahead = next.map((_, m, g) => m.mul(momentum).add(g as Tensor), gradient)
      return { direction: ahead, geometry: euclidean(), state: { momentum: next } }
    },
    restart: ({ momentum: { leaves } }) => ({ momentum: Vector.zeros(leaves) }),
  })
}
