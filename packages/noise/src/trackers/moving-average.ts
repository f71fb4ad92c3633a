import { defineNoiseTracker, EosError, type NoiseTracker } from '@eos-sgd/core'
import { constant, less, type Tensor, type Vector, where } from '@eos-sgd/graph'

/** The debiased mean gradient, the averaged variance and squared gradient, and the gradients seen. */
export type MovingAverageState = {
  readonly mean: Vector
  readonly variance: Tensor
  readonly square: Tensor
  readonly count: Tensor
}

/**
 * Trace of the covariance of the batch gradient, from its spread over steps: `EMA[sq(g_t - m_(t-1))]`, `m` the debiased
 * EMA of the gradients before this one.
 *
 * Unbiased from the second step on for independent gradients: `m` after n of them has variance
 * `rho_n sigma2`, `rho_n = (1 - beta)(1 + beta^n)/((1 + beta)(1 - beta^n))`, so each square counts `1/(1 + rho_n)`, which
 * goes from `1/2` at n = 1 to the limit `(1 + beta)/2` (stability.md, section 6.2). The first step has nothing to
 * compare with and gives 0.
 *
 * It cannot tell oscillation from noise: at `rate * lambda = 1.9` it reads 20 times too much, and a pure period-2
 * oscillation `+-a` as `2 a^2/(1 + beta)` (oracles O12, O13).
 *
 * Provides `variance` and `squaredGradient`, an unbiased `|G|^2` for the mean gradient G: the averaged `|g|^2` less the
 * variance, so negative at times; both in squared gradient units. To be asked at every step. State: one vector.
 * Passes: 5.
 */
export function movingAverage({ beta = 0.9 }: { readonly beta?: number } = {}): NoiseTracker<MovingAverageState> {
  if (!(beta > 0 && beta < 1))
    throw new EosError('OPTION', `movingAverage: option "beta" must lie in (0, 1), got ${beta}.`, {
      hint: 'Leave it out for 0.9.',
    })
  return defineNoiseTracker({
    name: 'moving average',
    signals: ['variance', 'squaredGradient'],
    cost: { gradients: 0, hvps: 0, forwards: 0 },
    init: (context) => ({
      mean: context.zeros(),
      variance: constant(0),
      square: constant(0),
      count: constant(0),
    }),
    update(context, state) {
      const before = state.count.mul(Math.log(beta)).exp()
      const after = before.mul(beta)
      const newest = constant(1 - beta).div(after.neg().add(1))
      const gradient = context.gradient()
      const difference = gradient.sub(state.mean)
      const first = less(state.count, 0.5)
      const kept = where(first, 1, before.neg().add(1))
      const spread = before
        .add(1)
        .div(kept)
        .mul((1 - beta) / (1 + beta))
      const sample = difference.dot(difference).div(spread.add(1))
      const share = where(first, 0, constant(1 - beta).div(kept))
      const variance = state.variance.add(sample.sub(state.variance).mul(share))
      const mean = state.mean.map((_, m, d) => m.add((d as Tensor).mul(newest)), difference)
      const square = state.square.add(gradient.dot(gradient).sub(state.square).mul(newest))
      return {
        signals: { variance, squaredGradient: square.sub(variance) },
        state: { mean, variance, square, count: state.count.add(1) },
      }
    },
  })
}
