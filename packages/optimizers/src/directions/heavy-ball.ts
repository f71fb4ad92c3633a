import { type Direction, defineDirection } from '@eos-sgd/core'
import { type Tensor, Vector } from '@eos-sgd/graph'
import { euclidean } from '../geometries/euclidean.ts'
import { fraction } from '../options.ts'

/** Options of {@link heavyBall}. */
export interface HeavyBallOptions {
  /** `mu` in [0, 1); 0 is plain gradient descent. 0.9 by default. */
  readonly momentum?: number
  /** `accumulating`: `m' = mu m + g`, as PyTorch has it. `average`: `m' = mu m + (1 - mu) g`. */
  readonly form?: 'accumulating' | 'average'
}

/**
 * Heavy ball (Polyak 1964): the direction is the momentum `m'`.
 *
 * Stable while `rate * sharpness` is below `2(1 + mu)` (accumulating) or `2(1 + mu)/(1 - mu)` (average), so the gain is
 * `1/(1 + mu)` or `(1 - mu)/(1 + mu)` (Cohen et al. 2021; stability.md, section 2).
 * State: one vector. Passes: `m' = mu m + g` is one Gemm with the gradient's own product where nothing else reads the
 * gradient, and two passes where something does.
 */
export function heavyBall({ momentum = 0.9, form = 'accumulating' }: HeavyBallOptions = {}): Direction<{
  readonly momentum: Vector
}> {
  fraction('heavyBall', 'momentum', momentum)
  const fresh = form === 'average' ? 1 - momentum : 1
  return defineDirection({
    name: 'heavy ball',
    gain: fresh / (1 + momentum),
    contact: { growth: 0.05, hold: 2, ratio: 1, start: 1 / 64 },
    init: (context) => ({ momentum: context.zeros() }),
    direction(context, state) {
      const next = state.momentum.map((_, m, g) => m.mul(momentum).add((g as Tensor).mul(fresh)), context.gradient())
      return { direction: next, geometry: euclidean(), state: { momentum: next } }
    },
    restart: ({ momentum: { leaves } }) => ({ momentum: Vector.zeros(leaves) }),
  })
}
