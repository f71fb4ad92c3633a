import { constant, graph, interpret } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { leaf, numbersOf, stepper, vectorOf } from '../fixtures/bench.ts'
import { distance, normals, randomMatrix } from '../fixtures/dense.ts'
import { adamDirection } from './adam.ts'
import { heavyBall } from './heavy-ball.ts'
import { orthogonalisedMomentum } from './orthogonalised-momentum.ts'

const hessian = [
  [3, 1, 0],
  [1, 2, 0.5],
  [0, 0.5, 1],
]
const gradient = (x: readonly number[], pull: readonly number[]) =>
  hessian.map((row, i) => row.reduce((sum, h, j) => sum + h * (x[j] as number), 0) + (pull[i] as number))
const start = [1, -2, 0.5]
const draws = (): (() => number[]) => {
  const next = normals(1)
  return () => [next(), next(), next()]
}
const close = (a: readonly number[], b: readonly number[]) =>
  expect(Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))))).toBeLessThan(1e-9)

describe('heavyBall', () => {
  for (const form of ['accumulating', 'average'] as const)
    it(`equals plain arithmetic over 100 steps, ${form}`, () => {
      const { step } = stepper(heavyBall({ form }), hessian, start)
      const pull = draws()
      let [x, m] = [start, [0, 0, 0]]
      for (let t = 0; t < 100; t++) {
        const noise = pull()
        const g = gradient(x, noise)
        m = m.map((v, i) => 0.9 * v + (form === 'average' ? 0.1 : 1) * (g[i] as number))
        x = x.map((v, i) => v - 0.05 * (m[i] as number))
        close(step(0.05, noise), x)
      }
    })

  it('declares the edge: 3.8 accumulating, 38 as an average', () => {
    expect(2 / (heavyBall().gain as number)).toBeCloseTo(3.8, 12)
    expect(2 / (heavyBall({ form: 'average' }).gain as number)).toBeCloseTo(38, 12)
    for (const [rate, stays] of [
      [3.79, true],
      [3.81, false],
    ] as const) {
      const { step } = stepper(heavyBall(), [[1]], [1])
      let x = 0
      for (let t = 0; t < 400; t++) x = step(rate)[0] as number
      expect(Math.abs(x) < 1).toBe(stays)
    }
  })

  it('clears its momentum on restart', () => {
    const { step, restart, lab } = stepper(heavyBall(), hessian, start)
    step(0.01)
    restart()
    expect(lab.values()['state/direction/momentum/theta']).toEqual([0, 0, 0])
  })

  it('refuses a momentum outside [0, 1)', () => {
    expect(() => heavyBall({ momentum: 1 })).toThrow(/heavyBall: option "momentum" must lie in \[0, 1\), got 1/)
  })
})

/** Adam as PyTorch computes it. */
function plainAdam(b1 = 0.9, b2 = 0.999, eps = 1e-8) {
  let [m, v, t] = [[0, 0, 0], [0, 0, 0], 0]
  return {
    restart() {
      m = [0, 0, 0]
    },
    next(g: readonly number[]): number[] {
      t++
      m = m.map((a, i) => b1 * a + (1 - b1) * (g[i] as number))
      v = v.map((a, i) => b2 * a + (1 - b2) * (g[i] as number) ** 2)
      return m.map((a, i) => a / (1 - b1 ** t) / (Math.sqrt((v[i] as number) / (1 - b2 ** t)) + eps))
    },
  }
}

describe('adamDirection', () => {
  it("equals PyTorch's formula over 100 steps, a restart among them", () => {
    const { step, restart } = stepper(adamDirection(), hessian, start)
    const plain = plainAdam()
    const pull = draws()
    let x = start
    for (let t = 0; t < 100; t++) {
      const noise = pull()
      const u = plain.next(gradient(x, noise))
      x = x.map((v, i) => v - 0.01 * (u[i] as number))
      close(step(0.01, noise), x)
      if (t !== 50) continue
      plain.restart()
      restart()
    }
  })

  it('declares the edge 38, and takes other constants', () => {
    expect(2 / (adamDirection().gain as number)).toBeCloseTo(38, 12)
    const { step } = stepper(adamDirection({ beta1: 0, beta2: 0.5, epsilon: 1 }), hessian, start)
    const u = plainAdam(0, 0.5, 1).next(gradient(start, [0, 0, 0]))
    close(
      step(0.01),
      start.map((v, i) => v - 0.01 * (u[i] as number)),
    )
  })
})

describe('orthogonalisedMomentum', () => {
  const next = normals(7)
  const leaves = [leaf('w', [66, 70]), leaf('k', [3, 2, 2]), leaf('b', [3]), leaf('f', [3, 3], { frozen: true })]
  const direction = orthogonalisedMomentum({ rank: 4 })
  const random = () =>
    vectorOf(
      leaves,
      leaves.map(
        ({ shape }) =>
          randomMatrix(
            1,
            shape.reduce((a, b) => a * b, 1),
            next,
          )[0] as number[],
      ),
    )
  const context = (gradient: ReturnType<typeof random>) => ({
    gradient: () => gradient,
    point: { params: gradient, buffers: vectorOf([], []) },
  })
  const state = direction.init({
    ...context(random()),
    zeros: () => random().scale(0),
    normal: () => random(),
    normalOf: (shape: readonly number[]) =>
      constant(
        randomMatrix(
          1,
          shape.reduce((a, b) => a * b, 1),
          next,
        )[0] as number[],
        shape,
      ),
  } as never)
  const gradient1 = random()
  const first = direction.direction(context(gradient1) as never, state)

  it('keeps momentum for matrices, moments for vectors, a basis for what is larger than 64 x 64, nothing for the frozen', () => {
    expect(state.momentum.leaves.map((l) => l.name)).toEqual(['w', 'k'])
    expect(state.vectors.first.leaves.map((l) => l.name)).toEqual(['b'])
    expect(Object.entries(state.subspace).map(([name, v]) => [name, ...v.shape])).toEqual([['w', 70, 4]])
    expect(numbersOf(first.direction)[3]).toEqual(new Array(9).fill(0))
  })

  it("filters as M' = .95 M + .05 g, q = .05 g + .95 M' says", () => {
    const second = random()
    const found = direction.direction(context(second) as never, first.state)
    const [g1, g2] = [numbersOf(gradient1)[1] as number[], numbersOf(second)[1] as number[]]
    const m1 = g1.map((g) => 0.05 * g)
    const m2 = m1.map((m, i) => 0.95 * m + 0.05 * (g2[i] as number))
    const q = m2.map((m, i) => 0.05 * (g2[i] as number) + 0.95 * m)
    // The state is mu M/(1 - mu); the direction that of q alone.
    close(
      numbersOf(found.state.momentum)[1] as number[],
      m2.map((m) => 19 * m),
    )
    const alone = orthogonalisedMomentum({ momentum: 0 })
    const only = vectorOf([leaf('k', [3, 2, 2])], [q])
    const direct = alone.direction(context(only) as never, alone.init({ ...context(only) } as never))
    close(numbersOf(direct.direction)[0] as number[], numbersOf(found.direction)[1] as number[])
  })

  it('moves vectors along a fifth of Adam, whatever the scale of the gradient', () => {
    const fifths = (numbersOf(gradient1)[2] as number[]).map((g) => 0.2 * Math.sign(g))
    expect(distance([numbersOf(first.direction)[2] as number[]], [fifths])).toBeLessThan(1e-6)
    const scaled = direction.direction(context(gradient1.scale(100)) as never, state)
    expect(distance(numbersOf(scaled.direction), numbersOf(first.direction))).toBeLessThan(1e-6)
  })

  it('declares scale, geometry and filtered gradient that fit: scale <q, u> = 1', () => {
    const adam = numbersOf(gradient1)[2] as number[]
    const filtered = [0, 1].map((i) => (numbersOf(gradient1)[i] as number[]).map((g) => 0.05 * (1 + 0.95) * g))
    const u = numbersOf(first.direction)
    const along = [...filtered, adam].reduce(
      (sum, row, i) => sum + row.reduce((s, x, j) => s + x * (u[i]?.[j] as number), 0),
      0,
    )
    const scale = interpret(graph('scale', { scale: first.scale as never }))['scale']?.data[0] as number
    expect(scale * along).toBeCloseTo(1, 8)
    // Its length in its own norm: the tail of the cheap polar has mean square .9, and the vectors have length 1.
    const length = interpret(graph('norm', { norm: first.geometry.norm(first.direction) }))['norm']?.data[0] as number
    expect(length).toBeGreaterThan(0.9)
    expect(length).toBeLessThan(2)
  })

  it('clears momentum and first moments on restart, and keeps the rest', () => {
    const again = direction.restart(first.state)
    expect(
      numbersOf(again.momentum)
        .flat()
        .every((x) => x === 0),
    ).toBe(true)
    expect(numbersOf(again.vectors.first).flat()).toEqual([0, 0, 0])
    expect(again.vectors.second).toBe(first.state.vectors.second)
    expect(again.vectors.count).toBe(first.state.vectors.count)
    expect(again.subspace).toBe(first.state.subspace)
  })

  it('takes the full Newton-Schulz iteration instead, without a basis', () => {
    const full = orthogonalisedMomentum({ polar: 'newtonSchulz' })
    expect(Object.keys(full.init({ ...context(gradient1) } as never).subspace)).toEqual([])
    expect(() => orthogonalisedMomentum({ rank: 65 })).toThrow(/rank.*from 1 to 64/)
  })
})
