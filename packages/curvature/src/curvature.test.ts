import type { Geometry } from '@eos-sgd/core'
import { abs, constant, reduceMax, reduceSum, sign, sqrt, type Tensor } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { powerIteration, secant } from './index.ts'
import { measuring, testEstimator } from './testkit.ts'

const api = { describe, it, expect: expect as never }
testEstimator(api, () => powerIteration())
testEstimator(api, () => powerIteration({ iterations: 3, part: 2 }))
testEstimator(api, () => secant({ smoothing: 0 }), { target: 'directional', measurements: 30, tolerance: 1e-3 })

/** Norms of other plugins' authors: the estimator must not know them. */
const signNorm: Geometry = {
  name: 'sign',
  lmo: (v) => v.map((_, x) => sign(x)),
  norm: (v) => reduceMax(abs(v.tensors[0] as Tensor)),
  dualNorm: (v) => reduceSum(abs(v.tensors[0] as Tensor)),
}
const weighted: Geometry = {
  name: 'diagonal (4, 1)',
  lmo: (v) => {
    const ascent = v.map((_, x) => x.div(constant([4, 1], [2])))
    return ascent.scale(v.dot(ascent).pow(-0.5))
  },
  norm: (v) => sqrt(v.dot(v.map((_, x) => x.mul(constant([4, 1], [2]))))),
  dualNorm: (v) => sqrt(v.dot(v.map((_, x) => x.div(constant([4, 1], [2]))))),
}
const settle = (geometry: Geometry, hessian: number[][], seed = 0): Record<string, number> => {
  const run = measuring(powerIteration(), hessian, { geometry, seed })
  for (let i = 0; i < 200; i++) run.measure()
  return run.measure()
}

describe('powerIteration in any geometry', () => {
  it('G1: 6 in the sign norm, where the Euclidean value is 3', () => {
    const found = [0, 1, 2, 3].map(
      (seed) =>
        settle(
          signNorm,
          [
            [2, 1],
            [1, 2],
          ],
          seed,
        )['sharpness'] as number,
    )
    expect(Math.max(...found)).toBeCloseTo(6, 9)
    expect(
      Math.max(
        ...[0, 1, 2, 3].map(
          (seed) =>
            settle(
              signNorm,
              [
                [2, -1],
                [-1, 2],
              ],
              seed,
            )['sharpness'] as number,
        ),
      ),
    ).toBeCloseTo(6, 9)
  })
  it('G6 and O22: lambda_max(P^-1 H) in the diagonal norm', () => {
    expect(
      settle(weighted, [
        [8, 0],
        [0, 1],
      ])['sharpness'],
    ).toBeCloseTo(2, 9)
    expect(
      settle(weighted, [
        [2, 1],
        [1, 2],
      ])['sharpness'],
    ).toBeCloseTo(2.151388, 6)
  })
  it('has a residual that bounds the distance to an eigenvalue and falls to 0', () => {
    const run = measuring(powerIteration(), [
      [3, 0],
      [0, 1],
    ])
    for (let i = 0; i < 40; i++) {
      const { sharpness, residual } = run.measure() as { sharpness: number; residual: number }
      expect(Math.min(Math.abs(sharpness - 3), Math.abs(sharpness - 1))).toBeLessThanOrEqual(residual + 1e-9)
      if (i === 39) expect(residual).toBeLessThan(1e-6)
    }
  })
  it('keeps its vector where the product is zero', () => {
    const run = measuring(powerIteration(), [
      [0, 0],
      [0, 0],
    ])
    run.measure()
    const v = run.lab.values()['state/estimator/v/theta'] as number[]
    expect(Math.hypot(...v)).toBeCloseTo(1, 9)
  })
  it('refuses iterations that are not whole', () => {
    expect(() => powerIteration({ iterations: 0 })).toThrow(
      /powerIteration: option "iterations" must be a whole number above 0, got 0/,
    )
  })
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
})
