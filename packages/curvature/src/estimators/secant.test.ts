import { describe, expect, it } from 'vitest'
import { measuring, testEstimator } from '../testkit.ts'
import { secant } from './secant.ts'

testEstimator({ describe, it, expect: expect as never }, () => secant({ smoothing: 0 }), {
  target: 'directional',
  measurements: 30,
  tolerance: 1e-3,
})

describe('secant', () => {
  it('is exact on a quadratic of one curvature, and missing before the second step', () => {
    const run = measuring(secant(), [
      [3, 0],
      [0, 3],
    ])
    expect(run.measure(0.1)['sharpness']).toBeNaN()
    for (let i = 0; i < 5; i++) {
      const { sharpness, h } = run.measure(0.1) as { sharpness: number; h: number }
      expect(sharpness).toBeCloseTo(3, 9)
      expect(h).toBeCloseTo(0.7, 9)
    }
  })
  it('is u.Hu/(g.u) along the last step: 2.8 on O21', () => {
    const run = measuring(secant({ smoothing: 0 }), [
      [3, 0],
      [0, 1],
    ])
    run.measure(0.1)
    expect(run.measure(0.1)['sharpness']).toBeCloseTo(2.8, 9)
  })
  it('is missing where the steps do not descend', () => {
    const run = measuring(secant(), [[3]], { directionScale: -1 })
    for (let i = 0; i < 3; i++) expect(run.measure(0.1)['sharpness']).toBeNaN()
  })
  it('refuses a memory outside [0, 1)', () => {
    expect(() => secant({ smoothing: 1 })).toThrow(/secant: option "smoothing" must lie in \[0, 1\), got 1/)
  })
})
