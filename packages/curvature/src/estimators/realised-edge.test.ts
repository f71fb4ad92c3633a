import { describe, expect, it } from 'vitest'
import { diagonalNorm, measuring, testEstimator } from '../testkit.ts'
import { realisedEdge } from './realised-edge.ts'

testEstimator({ describe, it, expect: expect as never }, () => realisedEdge(), {
  target: 'directional',
  measurements: 5,
})

const o21 = [
  [3, 0],
  [0, 1],
]

describe('realisedEdge', () => {
  it('O21: zeta 1.12 and critical sharpness 2.8 at the rate .8, from ones', () => {
    const run = measuring(realisedEdge(), o21)
    // The rate is that of the last step: one that does not move, then one that is asked about.
    run.measure(0)
    run.lab.load({ ...run.lab.values(), 'params/theta': [1, 1] })
    const probing = run.measure(0.8)
    expect(probing['sharpness']).toBeCloseTo(2.8, 9)
    run.lab.load({ ...run.lab.values(), 'params/theta': [1, 1] })
    const { zeta, sharpness } = run.measure() as { zeta: number; sharpness: number }
    expect(zeta).toBeCloseTo(1.12, 12)
    expect(sharpness).toBeCloseTo(2.8, 12)
  })

  it('is above 1 exactly where the same step raises the loss', () => {
    let [above, below] = [0, 0]
    for (const rate of [0.1, 0.5, 0.71, 0.72, 1, 1.5]) {
      const run = measuring(realisedEdge(), o21, { gain: 0.7 })
      run.measure(rate)
      const { zeta, loss } = run.measure(rate) as { zeta: number; loss: number }
      const after = run.measure()['loss'] as number
      expect(zeta > 1).toBe(after > loss)
      if (zeta > 1) above++
      else below++
    }
    expect(Math.min(above, below)).toBeGreaterThan(0)
  })

  it('is u.Hu/||u||^2 in the norm of the direction', () => {
    // u = P^-1 g = (2, 1), u.Hu = 33, u.Pu = 17.
    const run = measuring(
      realisedEdge(),
      [
        [8, 0],
        [0, 1],
      ],
      { geometry: diagonalNorm([4, 1]) },
    )
    expect(run.measure()['sharpness']).toBeCloseTo(33 / 17, 9)
  })

  it('reads the sharpness of an oscillation at the edge of the heavy ball', () => {
    // g = (-1)^t: m = g + mu m settles at g/(1 + mu), the gain, and the edge is at rate * lambda = 2(1 + mu).
    const gain = 1 / 1.9
    const run = measuring(realisedEdge(), [[4]], { gain })
    const edge = (2 * 1.9) / 4
    const losses: number[] = []
    for (let i = 0; i < 4; i++) {
      const { sharpness, loss } = run.measure(edge) as { sharpness: number; loss: number }
      expect(sharpness).toBeCloseTo(4, 9)
      losses.push(loss)
    }
    for (const loss of losses) expect(loss).toBeCloseTo(2, 9)
  })

  it('counts as flat what float32 cannot resolve', () => {
    const run = measuring(realisedEdge(), o21)
    run.measure(1e-7)
    expect(run.measure(1e-7)).toMatchObject({ zeta: 0, sharpness: 0 })
    run.measure(1e-3)
    expect(run.measure()['sharpness']).toBeCloseTo(2.8, 2)
  })

  it('is missing where the step does not descend, and at the bottom', () => {
    const uphill = measuring(realisedEdge(), o21, { directionScale: -1 })
    expect(uphill.measure()['sharpness']).toBeNaN()
    const still = measuring(realisedEdge(), o21)
    still.lab.load({ ...still.lab.values(), 'params/theta': [0, 0] })
    expect(still.measure()['sharpness']).toBeNaN()
  })
})
