import { defineNoiseTracker, type NoiseTracker } from '@eos-sgd/core'
import { averaged, checkMemory, type NoiseAverages, noAverages } from './averages.ts'

/**
 * Noise within one step, from the spread over its micro-batches: with k of them and gradients `g_i` of mean `g`,
 * `sum |g_i - g|^2 / (k (k - 1))`, the trace of the covariance of g. Unbiased for any k above 1, and blind to how the
 * gradient moves from step to step: an oscillation is not noise (stability.md, section 4.1, R4).
 *
 * Provides `variance` and `squaredGradient = |g|^2 - variance`, an unbiased `|G|^2` for the mean gradient G that is
 * negative at times; in squared gradient units, averaged over steps with the memory `beta` (0: this step alone).
 * Under batch-norm a micro-batch has its own statistics. Throws `MICRO_BATCHES`, when traced, where there is only one, and
 * `OPTION`. Cost: nothing beyond the gradient. State: three scalars.
 */
export function withinStep({ beta = 0.9 }: { readonly beta?: number } = {}): NoiseTracker<NoiseAverages> {
  checkMemory('withinStep', 'beta', beta)
  return defineNoiseTracker({
    name: 'within step',
    signals: ['variance', 'squaredGradient'],
    cost: { gradients: 0, hvps: 0, forwards: 0 },
    init: noAverages,
    update(context, state) {
      const variance = context.gradientVariance()
      const gradient = context.gradient()
      const next = averaged(state, beta, { variance, squaredGradient: gradient.dot(gradient).sub(variance) })
      return { signals: { variance: next.variance, squaredGradient: next.squaredGradient }, state: next }
    },
  })
}
