import { describe, expect, it } from 'vitest'
import { decayed, leaf, vectorOf } from '../fixtures/bench.ts'
import { absoluteDecay } from './absolute-decay.ts'
import { relativeDecay } from './relative-decay.ts'

const leaves = [
  leaf('w', [8, 8]),
  leaf('b', [3]),
  leaf('kept', [64], { decay: false }),
  leaf('frozen', [64], { frozen: true }),
]
const fill = (value: number) =>
  vectorOf(
    leaves,
    leaves.map(({ shape }) => new Array(shape.reduce((a, b) => a * b, 1)).fill(value)),
  )
const firsts = (values: number[][]) => values.map((v) => v[0] as number)

describe('absoluteDecay', () => {
  it('shrinks what decays by 1 - rate * decay', () => {
    expect(firsts(decayed(absoluteDecay({ decay: 0.5 }), fill(2), fill(1), 0.1, 1))).toEqual([2 * 0.95, 2 * 0.95, 2, 2])
  })
})

describe('relativeDecay', () => {
  it('shrinks large parameters by .1 rate |u|/|theta|, from the sixth batch', () => {
    expect(firsts(decayed(relativeDecay(), fill(2), fill(1), 0.4, 5))).toEqual([2, 2, 2, 2])
    const [w, ...rest] = firsts(decayed(relativeDecay(), fill(2), fill(1), 0.4, 6))
    expect(w).toBeCloseTo(2 * (1 - 0.1 * 0.4 * 0.5), 12)
    expect(rest).toEqual([2, 2, 2])
  })
  it('takes at most half, and leaves zero weights at zero', () => {
    expect(firsts(decayed(relativeDecay(), fill(2), fill(1), 1e6, 6))[0]).toBe(1)
    expect(firsts(decayed(relativeDecay(), fill(0), fill(0), 1, 6))[0]).toBe(0)
    expect(firsts(decayed(relativeDecay(), fill(0), fill(1), 1, 6))[0]).toBe(0)
  })
})
