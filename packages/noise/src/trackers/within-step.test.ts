import { counterRandom } from '@eos-sgd/core'
import { describe, expect, it } from 'vitest'
import { testNoiseTracker, tracking } from '../testkit.ts'
import { movingAverage } from './moving-average.ts'
import { twoHalves } from './two-halves.ts'
import { withinStep } from './within-step.ts'

const api = { describe, it, expect: expect as never }
testNoiseTracker(api, () => withinStep(), { least: 2, microBatches: 2 })
testNoiseTracker(api, () => withinStep({ beta: 0 }), { least: 4, microBatches: 4, steps: 200 })
testNoiseTracker(api, () => twoHalves(), { least: 2 })
testNoiseTracker(api, () => twoHalves({ beta: 0 }), { least: 4, microBatches: 2, steps: 200 })

type Signals = { readonly variance: number; readonly squaredGradient: number }

/** Per-sample gradients `G + A z` in three dimensions, correlated and of unequal size; A lower triangular. */
const factor = [
  [2, 0, 0],
  [-1, 0.5, 0],
  [0.3, 1.5, 0.1],
]
const traceOfCovariance = factor.flat().reduce((sum, x) => sum + x * x, 0)
const flat = [
  [0, 0, 0],
  [0, 0, 0],
  [0, 0, 0],
]
const mean = [1, -0.5, 2]
const squaredMean = 5.25
const samples = (step: number, size: number): number[] => {
  const random = counterRandom(5, 'samples', step)
  return Array.from({ length: size }, () => {
    const z = mean.map(() => random.normal())
    return factor.map((row, i) => (mean[i] as number) + row.reduce((sum, a, j) => sum + a * (z[j] as number), 0))
  }).flat()
}
/** Mean of a signal over steps, and its standard error. */
function estimate(values: readonly number[]): { readonly mean: number; readonly error: number } {
  const centre = values.reduce((sum, x) => sum + x, 0) / values.length
  const spread = values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1)
  return { mean: centre, error: Math.sqrt(spread / values.length) }
}

describe('noise within a step', () => {
  for (const [name, make, options] of [
    ['withinStep of 2', withinStep, { batch: 8, microBatches: 2 }],
    ['withinStep of 8', withinStep, { batch: 8, microBatches: 8 }],
    ['twoHalves', twoHalves, { batch: 8 }],
  ] as const)
    it(`${name} is unbiased for a covariance that is not isotropic`, () => {
      const run = tracking(make({ beta: 0 }), flat, options)
      const found = Array.from({ length: 1000 }, (_, t) => run.track(samples(t, 8)) as unknown as Signals)
      for (const [signal, expected] of [
        ['variance', traceOfCovariance / 8],
        ['squaredGradient', squaredMean],
      ] as const) {
        const { mean, error } = estimate(found.map((signals) => signals[signal]))
        expect(Math.abs(mean - expected)).toBeLessThan(3 * error)
        expect(error).toBeLessThan(0.06 * expected)
      }
    })

  it('has less spread with more micro-batches: k - 1 degrees of freedom', () => {
    const spread = (microBatches: number): number => {
      const run = tracking(withinStep({ beta: 0 }), flat, { batch: 8, microBatches })
      return estimate(Array.from({ length: 500 }, (_, t) => run.track(samples(t, 8))['variance'] as number)).error
    }
    const ratio = spread(2) / spread(8)
    expect(Math.abs(ratio / Math.sqrt(7) - 1)).toBeLessThan(0.15)
  })

  it('is the same from two micro-batches as from two halves', () => {
    const pieces = tracking(withinStep(), flat, { batch: 8, microBatches: 2 })
    const halves = tracking(twoHalves(), flat, { batch: 8 })
    for (let t = 0; t < 5; t++) {
      const [a, b] = [pieces.track(samples(t, 8), 0.1), halves.track(samples(t, 8), 0.1)] as unknown as [
        Signals,
        Signals,
      ]
      expect(a.variance).toBeCloseTo(b.variance, 10)
      expect(a.squaredGradient).toBeCloseTo(b.squaredGradient, 10)
    }
  })

  it('O14: halves (1, 2) and (3, 0) give 2 and 3', () => {
    const square = [
      [0, 0],
      [0, 0],
    ]
    const pull = [1, 2, 3, 0]
    expect(tracking(twoHalves(), square, { batch: 2 }).track(pull)).toMatchObject({ variance: 2, squaredGradient: 3 })
    const run = tracking(withinStep(), square, { batch: 2, microBatches: 2 })
    expect(run.track(pull)).toMatchObject({
      variance: expect.closeTo(2, 12),
      squaredGradient: expect.closeTo(3, 12),
    })
  })

  it('averages over steps with weights that add up to 1', () => {
    const [plain, smooth] = [0, 0.5].map((beta) => tracking(twoHalves({ beta }), [[0]], { batch: 2 }))
    const own = [1, 2, 3].map((spread) => plain?.track([spread, 0])['variance'] as number)
    const averages = [1, 2, 3].map((spread) => smooth?.track([spread, 0])['variance'] as number)
    const [a, b, c] = own as [number, number, number]
    expect(own).toEqual([1 / 4, 4 / 4, 9 / 4])
    expect(averages[0]).toBeCloseTo(a, 12)
    expect(averages[1]).toBeCloseTo((a + 2 * b) / 3, 12)
    expect(averages[2]).toBeCloseTo((a + 2 * b + 4 * c) / 7, 12)
  })

  it('sees no noise in an oscillation, where the moving average sees the most (O12)', () => {
    // Descent on x^2/2 at twice its edge's rate: x -> -x for ever, every sample the same.
    const quiet = [0, 0]
    const halves = tracking(twoHalves(), [[1]], { batch: 2 })
    const steps = tracking(movingAverage(), [[1]], { batch: 2 })
    for (let t = 0; t < 200; t++) {
      expect(halves.track(quiet, 2)).toMatchObject({ variance: 0, squaredGradient: 1 })
      steps.track(quiet, 2)
    }
    expect(steps.track(quiet, 2)['variance']).toBeCloseTo(2 / 1.9, 6)
  })

  it('O13: reads the noise itself at rate * lambda = 1.9, where the moving average reads 21 times as much', () => {
    const halves = tracking(twoHalves({ beta: 0 }), [[1]], { batch: 2, start: [0] })
    const steps = tracking(movingAverage(), [[1]], { batch: 2, start: [0] })
    const random = counterRandom(2, 'noise')
    const [within, between]: [number[], number[]] = [[], []]
    for (let t = 0; t < 2000; t++) {
      const pull = [random.normal(), random.normal()]
      within.push(halves.track(pull, 1.9)['variance'] as number)
      between.push(steps.track(pull, 1.9)['variance'] as number)
    }
    const { mean, error } = estimate(within)
    expect(Math.abs(mean - 0.5)).toBeLessThan(3 * error)
    expect(Math.abs(estimate(between.slice(200)).mean / (0.5 * 21.049724) - 1)).toBeLessThan(0.25)
  })

  it('needs pieces: refused by name for one micro-batch and for an odd batch', () => {
    expect(() => tracking(withinStep(), [[1]], { batch: 2 }).track([0, 0])).toThrow(/needs micro-batches to compare/)
    expect(() => tracking(twoHalves(), [[1]], { batch: 3 }).track([0, 0, 0])).toThrow(/not a whole number of samples/)
  })

  it('refuses a memory outside [0, 1)', () => {
    expect(() => withinStep({ beta: 1 })).toThrow(/withinStep: option "beta" must lie in \[0, 1\), got 1/)
    expect(() => twoHalves({ beta: -0.1 })).toThrow(/twoHalves: option "beta" must lie in \[0, 1\), got -0.1/)
  })
})
