import type { Vector } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { leaf, numbersOf, stepper, vectorOf } from '../fixtures/bench.ts'
import { distance, normals } from '../fixtures/dense.ts'
import { type LambConstants, lambDirection } from './lamb.ts'

const leaves = [
  leaf('w', [3, 2]),
  leaf('b', [2]),
  leaf('scale', [2], { decay: false }),
  leaf('frozen', [2], { frozen: true }),
]
const next = normals(11)
const random = (): number[][] => [6, 2, 2, 2].map((size) => Array.from({ length: size }, next))
const length = (row: readonly number[]): number => Math.hypot(...row)

/** The first step at these weights with this gradient. */
function first(weights: Vector, gradient: Vector, options: LambConstants = {}) {
  const direction = lambDirection(options)
  const state = direction.init({ zeros: () => gradient.scale(0) } as never)
  const found = direction.direction({ gradient: () => gradient, point: { params: weights } } as never, state)
  return { ...found, rows: numbersOf(found.direction) }
}

const weights = random()
const w = vectorOf(leaves, weights)
// A frozen parameter has no gradient.
const gradient = random().map((row, i) => (i === 3 ? [0, 0] : row))
const g = vectorOf(leaves, gradient)
const signs = gradient.map((row) => row.map(Math.sign))
const nearly = { epsilon: 1e-14 }

describe('lambDirection', () => {
  it('moves each tensor as far as its weights are long, and the frozen not at all', () => {
    const { rows } = first(w, g)
    for (const i of [0, 1, 2]) expect(length(rows[i] as number[])).toBeCloseTo(length(weights[i] as number[]), 12)
    expect(rows[3]).toEqual([0, 0])
  })

  it('turns towards lambda w only what decays', () => {
    const { rows } = first(w, g, { ...nearly, weightDecay: 0.5 })
    // On the first step Adam's ratio is the sign of the gradient.
    const expected = [0, 1, 2].map((i) => {
      const d = (signs[i] as number[]).map((s, j) => s + (i < 2 ? 0.5 : 0) * (weights[i]?.[j] as number))
      return d.map((x) => (x * length(weights[i] as number[])) / length(d))
    })
    expect(distance(rows.slice(0, 3), expected)).toBeLessThan(1e-9)
  })

  it("is Adam's ratio where the weights are zero, and stays put where nothing pulls", () => {
    const zero = w.scale(0)
    expect(distance(first(zero, g, nearly).rows.slice(0, 3), signs.slice(0, 3))).toBeLessThan(1e-9)
    expect(first(w, g.scale(0), { weightDecay: 0 }).rows.flat().map(Math.abs)).toEqual(new Array(12).fill(0))
  })

  it('does not see the scale of the loss, and moves in proportion to the weights', () => {
    const { rows } = first(w, g, { ...nearly, weightDecay: 0 })
    expect(distance(first(w, g.scale(1e3), { ...nearly, weightDecay: 0 }).rows, rows)).toBeLessThan(1e-9)
    const doubled = rows.map((row) => row.map((x) => 2 * x))
    expect(distance(first(w.scale(2), g, { ...nearly, weightDecay: 0 }).rows, doubled)).toBeLessThan(1e-9)
  })

  it('has the geometry in which it is steepest, decay included', () => {
    const { direction, geometry } = first(w, g, { weightDecay: 0.5, epsilon: 0.1 })
    // On the first step q = g + lambda (|g| + epsilon) w.
    const q = vectorOf(
      leaves,
      gradient.map((row, i) =>
        row.map((x, j) => x + (i < 2 ? 0.5 : 0) * (Math.abs(x) + 0.1) * (weights[i]?.[j] as number)),
      ),
    )
    const steepest = geometry.lmo(q).scale(geometry.dualNorm(q))
    expect(distance(numbersOf(steepest), numbersOf(direction))).toBeLessThan(1e-12)
    expect(distance(numbersOf(geometry.metric?.(direction) as Vector), numbersOf(q))).toBeLessThan(1e-12)
  })

  it('clears first moments on restart, and keeps second ones and their count', () => {
    const { step, restart, lab } = stepper(lambDirection(), [[1]], [1])
    step(0.01)
    const before = lab.values()
    restart()
    const after = lab.values()
    expect(after['state/direction/first/theta']).toEqual([0])
    expect(after['state/direction/second/theta']).toEqual(before['state/direction/second/theta'])
    expect(after['state/direction/count']).toEqual([1])
  })

  it('refuses a negative decay', () => {
    expect(() => lambDirection({ weightDecay: -1 })).toThrow(/lambDirection: option "weightDecay" must not be negative/)
  })
})
