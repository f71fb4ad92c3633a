import type { BoundaryState } from '@eos-sgd/core'
import { describe, expect, it } from 'vitest'
import { dimensionlessBoundary } from './dimensionless-boundary.ts'
import { gainBoundary } from './gain-boundary.ts'
import { missionBoundary } from './mission-boundary.ts'
import { smallBatchBoundary } from './small-batch-boundary.ts'

const noisy: BoundaryState = { rate: 0.5, variance: 3, squaredGradient: 2 }
const quiet: BoundaryState = { rate: 0.5, variance: 0, squaredGradient: 2 }
/** A loss times k: gradients times k, variances times its square, and the rate that does the same divided by it. */
const rescaled = (state: BoundaryState, k: number): BoundaryState => ({
  ...state,
  rate: state.rate / k,
  variance: state.variance * k * k,
  squaredGradient: state.squaredGradient * k * k,
})
const rising = Array.from({ length: 20 }, (_, i): BoundaryState => ({ ...noisy, variance: 10 ** (i - 10) }))

describe.each([
  ['mission', (c: number) => missionBoundary({ c })],
  ['dimensionless', (c: number) => dimensionlessBoundary({ c })],
] as const)('%s boundary with a signed c', (_, make) => {
  it('is the edge without noise for c = 0, and asks for no noise then', () => {
    for (const state of [noisy, quiet, ...rising]) expect(make(0).threshold(state)).toBe(2)
    expect(make(0).signals).toBeUndefined()
    expect(make(-0.5).signals).toContain('variance')
  })
  it('is the edge without noise where there is none', () => {
    for (const c of [-2, -1, 0.3, 1]) expect(make(c).threshold(quiet)).toBe(2)
  })
  it('is lowered by noise for c < 0 and raised for c > 0, monotonically and never to zero', () => {
    for (const c of [-2, -1, -0.1, 0.1, 1, 2]) {
      const thresholds = rising.map((state) => make(c).threshold(state))
      thresholds.forEach((threshold, i) => {
        const before = thresholds[i - 1] ?? 2
        expect(c < 0 ? threshold <= before : threshold >= before).toBe(true)
        expect(threshold).toBeGreaterThan(0)
      })
      expect(Math.sign((thresholds.at(-1) as number) - 2)).toBe(Math.sign(c))
    }
  })
  it('is monotone in c', () => {
    const thresholds = [-2, -1, -0.5, 0, 0.5, 1, 2].map((c) => make(c).threshold(noisy))
    expect(thresholds).toEqual([...thresholds].sort((a, b) => a - b))
    expect(new Set(thresholds).size).toBeGreaterThan(5)
  })
})

describe('dimensionlessBoundary', () => {
  it('G7: 2/(1 + s), and the expected loss of that step is the loss before it', () => {
    const [lambda, theta, sigma2] = [2, 1, 9]
    const edge = dimensionlessBoundary().threshold({
      ...noisy,
      variance: sigma2,
      squaredGradient: (lambda * theta) ** 2,
    })
    expect(edge).toBeCloseTo(0.615385, 6)
    const change = (rate: number): number =>
      0.5 * lambda * ((theta - rate * lambda * theta) ** 2 + rate * rate * sigma2 - theta * theta)
    expect(change(edge / lambda)).toBeCloseTo(0, 12)
    expect(change(edge / lambda / 2)).toBeCloseTo(-0.307692, 6)
  })
  it('G8: halves the edge where the trace correction is 1', () => {
    // H = diag(3, 1), G = (1, 2), C = diag(2, 1): tr(HC) = G.HG = 7 and |G|^2 = 5.
    const threshold = dimensionlessBoundary().threshold({ ...noisy, variance: 7, squaredGradient: 7 })
    expect(threshold / (7 / 5)).toBeCloseTo(0.714286, 6)
  })
  it('is blind to the scale of the loss, where the raw formula is not (O20)', () => {
    for (const k of [1e-3, 100]) {
      const scaled = rescaled(noisy, k)
      for (const c of [-2, -1, 0.5])
        expect(dimensionlessBoundary({ c }).threshold(scaled)).toBeCloseTo(
          dimensionlessBoundary({ c }).threshold(noisy),
          12,
        )
      expect(missionBoundary({ c: -0.5 }).threshold(scaled)).not.toBeCloseTo(
        missionBoundary({ c: -0.5 }).threshold(noisy),
        1,
      )
    }
  })
  it('is bounded by 0 and twice the edge, mirrored in the sign of c', () => {
    for (const state of [noisy, ...rising])
      for (const c of [0.1, 1, 5]) {
        const [low, high] = [-c, c].map((signed) => dimensionlessBoundary({ c: signed }).threshold(state)) as [
          number,
          number,
        ]
        expect(high).toBeLessThanOrEqual(4)
        expect(low).toBeGreaterThanOrEqual(0.02)
        if (low > 0.02) expect(low + high).toBeCloseTo(4, 12)
      }
  })
  it('counts a squared gradient below zero as none', () => {
    const lost = { ...noisy, squaredGradient: -1 }
    expect(dimensionlessBoundary().threshold(lost)).toBe(0.02)
    expect(dimensionlessBoundary({ c: 1 }).threshold(lost)).toBe(4)
    expect(dimensionlessBoundary().threshold({ ...lost, variance: 0 })).toBe(2)
  })
  it('starts from the edge of the direction', () => {
    const gain = 1 / 1.9
    expect(dimensionlessBoundary({ c: 0 }).threshold({ ...noisy, gain })).toBe(
      gainBoundary().threshold({ ...noisy, gain }),
    )
    expect(dimensionlessBoundary().threshold({ ...noisy, gain })).toBeCloseTo(3.8 / 2.5, 12)
  })
  it('refuses a weight that is no number', () => {
    expect(() => dimensionlessBoundary({ c: Number.NaN })).toThrow(/option "c" must be a finite number, got NaN/)
  })
})

describe('the boundaries without noise', () => {
  it('are 2/gain and 2(1 - mu)', () => {
    expect(gainBoundary().threshold({ ...noisy, gain: 1 / 1.9 })).toBeCloseTo(3.8, 12)
    expect(smallBatchBoundary().threshold(noisy)).toBeCloseTo(0.2, 12)
  })
})
