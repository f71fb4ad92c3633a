import type { Geometry } from '@eos-sgd/core'
import { abs, reduceMax, reduceSum, sign, type Tensor } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { measuring, testEstimator } from '../testkit.ts'
import { powerIteration } from './power-iteration.ts'

const api = { describe, it, expect: expect as never }
testEstimator(api, () => powerIteration())
testEstimator(api, () => powerIteration({ iterations: 3, part: 2 }))
testEstimator(api, () => powerIteration({ of: 'gaussNewton' }))
testEstimator(api, () => powerIteration({ iterations: 2, part: 4, of: 'gaussNewton' }))

/** A norm of another plugin's author: the estimator must not know it. */
const signNorm: Geometry = {
  name: 'sign',
  lmo: (v) => v.map((_, x) => sign(x)),
  norm: (v) => reduceMax(abs(v.tensors[0] as Tensor)),
  dualNorm: (v) => reduceSum(abs(v.tensors[0] as Tensor)),
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
      /powerIteration: option "iterations" must be a whole number, at least 1, got 0/,
    )
    expect(() => powerIteration({ part: 1.5 })).toThrow(/option "part" must be a whole number/)
  })
  it('declares what a product of either matrix costs', () => {
    expect(powerIteration({ iterations: 3, part: 4 }).cost).toEqual({ gradients: 0.25, hvps: 0.75, forwards: 0 })
    expect(powerIteration({ part: 2, of: 'gaussNewton' }).cost).toEqual({ gradients: 0.5, hvps: 0, forwards: 0.5 })
  })
})
