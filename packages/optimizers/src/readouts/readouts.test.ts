import { describe, expect, it } from 'vitest'
import { sgd } from '../algorithms/sgd.ts'
import fixture from '../fixtures/averages.json' with { type: 'json' }
import { replayed } from '../fixtures/replay.ts'
import { exponentialAverage, last, polynomialAverage } from './readouts.ts'

const points = fixture.points.map((point) => point * fixture.unit)
const { decay, equal, exponential } = fixture.averages

/** What a readout makes of a sequence, after each of its points. */
function averaged(readout: ReturnType<typeof last>, sequence: readonly number[]): number[] {
  let mean = 0
  return sequence.map((point, i) => {
    mean += readout.weight(i + 1) * (point - mean)
    return mean
  })
}

describe('exponentialAverage', () => {
  it('weighs the i-th of n points by decay^(n-i), made to sum to one', () => {
    for (const d of [0, 0.5, 0.9, 0.999]) {
      const found = averaged(exponentialAverage({ decay: d }), points)
      for (const n of [1, 2, 10, 100]) {
        const weights = Array.from({ length: n }, (_, i) => d ** (n - 1 - i))
        const sum = weights.reduce((total, weight) => total + weight)
        const expected = weights.reduce((total, weight, i) => total + weight * (points[i] as number), 0) / sum
        expect(found[n - 1]).toBeCloseTo(expected, 12)
      }
    }
  })

  it("is PyTorch's, which starts at the first point instead of correcting: E_n = (1 - d^n) mean_n + d^n x_1", () => {
    const found = averaged(exponentialAverage({ decay }), points)
    for (const [step, expected] of Object.entries(exponential)) {
      const share = decay ** Number(step)
      const mean = found[Number(step) - 1] as number
      expect((1 - share) * mean + share * (points[0] as number)).toBeCloseTo(expected, 12)
    }
  })

  it('keeps a constant, begins as the equal average and ends with the weight 1 - decay', () => {
    const readout = exponentialAverage()
    for (const mean of averaged(readout, new Array(50).fill(3))) expect(mean).toBeCloseTo(3, 14)
    expect(readout.weight(1)).toBe(1)
    expect(readout.weight(2)).toBeCloseTo(1 / 1.99, 14)
    expect(readout.weight(1e6)).toBeCloseTo(0.01, 14)
    // In double precision 1 - decay^n would have lost nine digits here.
    expect(exponentialAverage({ decay: 1 - 1e-9 }).weight(2)).toBeCloseTo(1 / (2 - 1e-9), 12)
  })

  it('averages the points of a run', () => {
    const replay = { start: { matrix: 1, vector: 0 }, gradients: points.slice(0, 5).map((p) => new Array(8).fill(p)) }
    const run = replayed(sgd({ rate: 0.1, readout: exponentialAverage({ decay: 0.5 }) }), replay)
    // The readout takes in a point before the step that leaves it.
    const passed = [1, ...run.map(({ point }) => point[0] as number)].slice(0, 5)
    const expected = averaged(exponentialAverage({ decay: 0.5 }), passed)
    for (const [t, { mean }] of run.entries()) expect(mean[0]).toBeCloseTo(expected[t] as number, 12)
  })

  it('refuses a decay of one', () => {
    expect(() => exponentialAverage({ decay: 1 })).toThrow(/exponentialAverage: option "decay" must lie in \[0, 1\)/)
  })
})

describe('the other readouts', () => {
  it("polynomialAverage of power 0 is PyTorch's equal average", () => {
    const found = averaged(polynomialAverage({ power: 0 }), points)
    for (const [step, expected] of Object.entries(equal))
      expect(found[Number(step) - 1] as number).toBeCloseTo(expected, 12)
  })

  it('polynomialAverage fades early points by a power of their age', () => {
    const ages = averaged(
      polynomialAverage({ power: 3 }),
      Array.from({ length: 1000 }, (_, i) => (i + 1) / 1000),
    )
    // The mean of x under the density 4 x^3 on [0, 1].
    expect(ages.at(-1)).toBeCloseTo(4 / 5, 2)
  })

  it('last is the newest point', () => {
    expect(averaged(last(), points)).toEqual(points)
  })
})
