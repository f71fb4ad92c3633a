import { describe, expect, it } from 'vitest'
import { stepper } from '../fixtures/bench.ts'
import { nesterov } from './nesterov.ts'

describe('nesterov', () => {
  it('declares the edge 2(1 + mu)/(1 + 2 mu), and is stable just below it and not above', () => {
    for (const [momentum, edge] of [
      [0, 2],
      [0.5, 1.5],
      [0.9, 3.8 / 2.8],
    ] as const) {
      expect(2 / (nesterov({ momentum }).gain as number)).toBeCloseTo(edge, 12)
      for (const [factor, stays] of [
        [0.99, true],
        [1.01, false],
      ] as const) {
        const { step } = stepper(nesterov({ momentum }), [[1]], [1])
        let x = 1
        for (let t = 0; t < 600; t++) x = step(factor * edge)[0] as number
        expect(Math.abs(x) < 0.1, `momentum ${momentum}, ${factor} of the edge`).toBe(stays)
      }
    }
  })

  it('equals heavy ball that looks one step ahead: u = g + mu m', () => {
    const { step, lab } = stepper(nesterov({ momentum: 0.5 }), [[1]], [8])
    // g = 8, m = 8, u = 12; then g = 2, m = 6, u = 5.
    expect(step(0.5)).toEqual([2])
    expect(step(0.5)).toEqual([-0.5])
    expect(lab.values()['state/direction/momentum/theta']).toEqual([6])
  })

  it('clears its momentum on restart', () => {
    const { step, restart, lab } = stepper(nesterov(), [[1]], [1])
    step(0.1)
    restart()
    expect(lab.values()['state/direction/momentum/theta']).toEqual([0])
  })

  it('refuses a momentum outside [0, 1)', () => {
    expect(() => nesterov({ momentum: 1 })).toThrow(/nesterov: option "momentum" must lie in \[0, 1\), got 1/)
  })
})
