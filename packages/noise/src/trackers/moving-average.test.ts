import { counterRandom } from '@eos-sgd/core'
import { describe, expect, it } from 'vitest'
import { testNoiseTracker, tracking } from '../testkit.ts'
import { movingAverage } from './moving-average.ts'

const api = { describe, it, expect: expect as never }
testNoiseTracker(api, () => movingAverage())
testNoiseTracker(api, () => movingAverage({ beta: 0.99 }))

describe('movingAverage', () => {
  it('corrects each square by the variance of the mean it is compared with', () => {
    const run = tracking(movingAverage(), [[0]])
    const draws = [1, -0.5, 2, 0.25, -1]
    let [mean, variance] = [0, 0]
    draws.forEach((g, n) => {
      const [kept, next] = [1 - 0.9 ** n, 1 - 0.9 ** (n + 1)]
      if (n > 0) {
        const spread = (0.1 * (1 + 0.9 ** n)) / (1.9 * kept)
        variance += (0.1 / kept) * ((g - mean) ** 2 / (1 + spread) - variance)
      }
      mean += (0.1 / next) * (g - mean)
      expect(run.track([g])['variance']).toBeCloseTo(variance, 12)
    })
    // Two gradients: half of their squared difference, the usual unbiased estimate.
    const two = tracking(movingAverage(), [[0]])
    two.track([1])
    expect(two.track([4])['variance']).toBeCloseTo(9 / 2, 12)
  })

  it('O11: unbiased where the raw average reads 2/(1 + beta)', () => {
    const run = tracking(movingAverage(), [[0]])
    const random = counterRandom(0, 'noise')
    let sum = 0
    for (let t = 0; t < 4000; t++) sum += run.track([random.normal()])['variance'] as number
    expect(Math.abs(sum / 4000 - 1)).toBeLessThan(0.05)
  })

  it('O12: reads 2 a^2/(1 + beta) off a pure oscillation', () => {
    const run = tracking(movingAverage(), [[0]])
    const a = 0.370706
    let variance = 0
    for (let t = 0; t < 400; t++) variance = run.track([t % 2 === 0 ? a : -a])['variance'] as number
    expect(variance).toBeCloseTo(0.144656, 5)
    // What is left of |g|^2 is below zero: to this tracker there is no gradient, only noise.
    expect(run.track([a])['squaredGradient']).toBeCloseTo(a * a - 0.144656, 5)
  })

  it('O13: is inflated by descent at rate * lambda = 1.5: 4.21 times', () => {
    const run = tracking(movingAverage(), [[1]], { start: [0] })
    const random = counterRandom(1, 'noise')
    let sum = 0
    for (let t = 0; t < 4000; t++) {
      const { variance } = run.track([random.normal()], 1.5) as { variance: number }
      if (t >= 200) sum += variance
    }
    expect(Math.abs(sum / 3800 / 4.206897 - 1)).toBeLessThan(0.1)
  })

  it('refuses a memory outside (0, 1)', () => {
    expect(() => movingAverage({ beta: 1 })).toThrow(/movingAverage: option "beta" must lie in \(0, 1\), got 1/)
  })
})
