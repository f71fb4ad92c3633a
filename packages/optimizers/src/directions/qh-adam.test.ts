import { describe, expect, it } from 'vitest'
import { leaf, numbersOf, stepper, vectorOf } from '../fixtures/bench.ts'
import { distance, normals } from '../fixtures/dense.ts'
import { directing } from '../testkit.ts'
import { adamDirection } from './adam.ts'
import { qhAdamDirection } from './qh-adam.ts'

const hessian = [
  [3, 1],
  [1, 2],
]

describe('qhAdamDirection', () => {
  it('is Adam for nu1 = nu2 = 1, to the last bit', () => {
    const constants = { beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }
    const one = stepper(qhAdamDirection({ ...constants, nu1: 1, nu2: 1 }), hessian, [1, -2])
    const other = stepper(adamDirection(constants), hessian, [1, -2])
    for (let t = 0; t < 20; t++) expect(one.step(0.1)).toEqual(other.step(0.1))
    expect(qhAdamDirection({ ...constants, nu1: 1 }).gain).toBeCloseTo(adamDirection(constants).gain as number, 15)
  })

  it('is the sign of the gradient for nu1 = nu2 = 0', () => {
    const { step } = stepper(qhAdamDirection({ nu1: 0, nu2: 0, epsilon: 1e-12 }), [[1]], [1])
    expect(step(0.25)[0]).toBeCloseTo(0.75, 9)
    expect(step(0.25)[0]).toBeCloseTo(0.5, 9)
  })

  it('declares the edge of its filter, and is stable just below it and not above', () => {
    // An epsilon far above the gradients holds the preconditioner still: what is left is the filter.
    const epsilon = 1e100
    for (const [beta1, nu1, edge] of [
      [0.9, 0.7, 5.9375],
      [0.9, 1, 38],
      [0.9, 0.9, 38 / 2.8],
      [0.995, 0.7, 6.6279],
    ] as const) {
      const direction = qhAdamDirection({ beta1, nu1, epsilon })
      expect(2 / (direction.gain as number)).toBeCloseTo(edge, 4)
      for (const [factor, stays] of [
        [0.98, true],
        [1.02, false],
      ] as const) {
        const { step } = stepper(direction, [[1]], [1])
        let x = 1
        for (let t = 0; t < 1000; t++) x = step(factor * edge * epsilon)[0] as number
        expect(Math.abs(x) < 0.2, `beta1 ${beta1}, nu1 ${nu1}, ${factor} of the edge`).toBe(stays)
      }
    }
  })

  it('does not see the scale of the loss', () => {
    const [plain, large] = [1, 1000].map((scale) => directing(qhAdamDirection({ nu2: 0.5, epsilon: 1e-14 }), { scale }))
    for (let t = 0; t < 20; t++) for (const one of [plain, large]) one?.step(0.01)
    const at = [plain, large].map((one) => one?.lab.values()['params/theta'] as readonly number[])
    expect(distance([at[0] as number[]], [at[1] as number[]])).toBeLessThan(1e-9)
  })

  it('has the geometry in which it is steepest: P u is the filtered gradient', () => {
    const next = normals(5)
    const leaves = [leaf('w', [2, 2])]
    const random = () => vectorOf(leaves, [[next(), next(), next(), next()]])
    const [g1, g2] = [random(), random()]
    const direction = qhAdamDirection({ beta1: 0.5, nu1: 0.25, nu2: 0.5 })
    const first = direction.direction({ gradient: () => g1 } as never, {
      ...direction.init({ zeros: () => random().scale(0) } as never),
    })
    const { direction: u, geometry } = direction.direction({ gradient: () => g2 } as never, first.state)
    // mhat of two steps at beta1 = 1/2 is g1/3 + 2 g2/3.
    const filtered = g2.scale(0.75 + 0.25 * (2 / 3)).add(g1.scale(0.25 / 3))
    expect(distance(numbersOf(geometry.metric?.(u) as typeof u), numbersOf(filtered))).toBeLessThan(1e-12)
    const steepest = geometry.lmo(filtered).scale(geometry.dualNorm(filtered))
    expect(distance(numbersOf(steepest), numbersOf(u))).toBeLessThan(1e-12)
  })

  it('clears first moments on restart, and keeps second ones and their count', () => {
    const { step, restart, lab } = stepper(qhAdamDirection(), hessian, [1, -2])
    step(0.01)
    const before = lab.values()
    restart()
    const after = lab.values()
    expect(after['state/direction/first/theta']).toEqual([0, 0])
    expect(after['state/direction/second/theta']).toEqual(before['state/direction/second/theta'])
    expect(after['state/direction/count']).toEqual([1])
  })

  it('refuses constants that make no sense', () => {
    expect(() => qhAdamDirection({ nu1: 1.5 })).toThrow(/qhAdamDirection: option "nu1" must lie in \[0, 1\], got 1.5/)
    expect(() => qhAdamDirection({ nu2: -1 })).toThrow(/"nu2" must lie in \[0, 1\]/)
    expect(() => qhAdamDirection({ beta1: 1 })).toThrow(/"beta1" must lie in \[0, 1\)/)
    expect(() => qhAdamDirection({ epsilon: 0 })).toThrow(/"epsilon" must be above 0/)
  })
})
