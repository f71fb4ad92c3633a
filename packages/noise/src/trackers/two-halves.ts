import { defineNoiseTracker, type NoiseTracker } from '@eos-sgd/core'
import { averaged, checkMemory, type NoiseAverages, noAverages } from './averages.ts'

/**
 * Noise within one step, from the gradients `g1` and `g2` of its halves: `|g1 - g2|^2 / 4`, the trace of the covariance of
 * their mean, and `g1.g2`, the squared norm of the mean gradient; both unbiased (stability.md, section 6.1, O14). Blind to
 * how the gradient moves from step to step: an oscillation is not noise.
 *
 * Provides `variance` and `squaredGradient` (negative at times), in squared gradient units, averaged over steps with the
 * memory `beta` (0: this step alone). Under batch-norm each half has its own statistics. Throws `BATCH_PART`, when
 * traced, for an odd batch, and `OPTION`. Cost: two gradients, each on half of the batch. State: three scalars.
 */
export function twoHalves({ beta = 0.9 }: { readonly beta?: number } = {}): NoiseTracker<NoiseAverages> {
  checkMemory('twoHalves', 'beta', beta)
  return defineNoiseTracker({
    name: 'two halves',
    signals: ['variance', 'squaredGradient'],
    cost: { gradients: 1, hvps: 0, forwards: 0 },
    init: noAverages,
    update(context, state) {
      const [first, second] = [context.part(0, 2).gradient(), context.part(1, 2).gradient()]
      const difference = first.sub(second)
      const next = averaged(state, beta, {
        variance: difference.dot(difference).mul(0.25),
        squaredGradient: first.dot(second),
      })
      return { signals: { variance: next.variance, squaredGradient: next.squaredGradient }, state: next }
    },
  })
}
