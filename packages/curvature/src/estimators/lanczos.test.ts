import type { Geometry, Task } from '@eos-sgd/core'
import { counterRandom } from '@eos-sgd/core'
import { sign } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { diagonalNorm, euclideanNorm, measuring, type Problem, testEstimator } from '../testkit.ts'
import { lanczos } from './lanczos.ts'
import { powerIteration } from './power-iteration.ts'

const api = { describe, it, expect: expect as never }
testEstimator(api, () => lanczos(), { target: 'largest' })
testEstimator(api, () => lanczos({ steps: 4, part: 2 }), { target: 'largest' })
testEstimator(api, () => lanczos({ part: 4, of: 'gaussNewton' }), { target: 'largest' })

type Found = { readonly sharpness: number; readonly residual: number }
const stateOf = (run: ReturnType<typeof measuring>): number[] => [
  ...(run.lab.values()['state/estimator/v/theta'] as number[]),
]
const startingAt = (v: readonly number[], hessian: number[][], options: Parameters<typeof lanczos>[0] = {}) => {
  const run = measuring(lanczos(options), hessian)
  run.lab.load({ ...run.lab.values(), 'state/estimator/v/theta': v })
  return run
}
const diagonal = (values: readonly number[]): number[][] =>
  values.map((x, i) => values.map((_, j) => (i === j ? x : 0)))

/** A symmetric matrix with entries of both signs. */
function randomSymmetric(d: number, seed: number): number[][] {
  const random = counterRandom(seed, 'matrix')
  const a = Array.from({ length: d }, () => Array.from({ length: d }, () => random.normal()))
  return a.map((row, i) => row.map((x, j) => x + (a[j]?.[i] as number)))
}
const times = (m: readonly number[][], v: readonly number[]): number[] => m.map((row) => inner(row, v))
const inner = (a: readonly number[], b: readonly number[]): number => a.reduce((s, x, i) => s + x * (b[i] as number), 0)

/** Largest root of `det(A - x B)` for the span of v and `P^-1 H v`: Rayleigh and Ritz without an orthogonal basis. */
function bestInSpan(hessian: number[][], scales: readonly number[], v: readonly number[]): number {
  const w = times(hessian, v).map((x, i) => x / (scales[i] as number))
  const metric = (x: readonly number[]): number[] => x.map((y, i) => y * (scales[i] as number))
  const [a11, a12, a22] = [inner(v, times(hessian, v)), inner(v, times(hessian, w)), inner(w, times(hessian, w))]
  const [b11, b12, b22] = [inner(v, metric(v)), inner(v, metric(w)), inner(w, metric(w))]
  const [p, q, r] = [b11 * b22 - b12 * b12, a11 * b22 + a22 * b11 - 2 * a12 * b12, a11 * a22 - a12 * a12]
  return (q + Math.sqrt(q * q - 4 * p * r)) / (2 * p)
}

describe('lanczos', () => {
  it('O25: Ritz value 3.618034 with residual .632456 from (1, 1, 1, 1)', () => {
    const { sharpness, residual } = startingAt([1, 1, 1, 1], diagonal([1, 2, 3, 4])).measure() as Found
    expect(sharpness).toBeCloseTo(3.618034, 6)
    expect(residual).toBeCloseTo(0.632456, 6)
  })

  it('finds the best of the span of v and P^-1 H v', () => {
    for (let seed = 0; seed < 20; seed++) {
      const hessian = randomSymmetric(5, seed)
      const random = counterRandom(seed, 'metric')
      const scales = hessian.map(() => Math.exp(2 * random.normal()))
      for (const geometry of [euclideanNorm, diagonalNorm(scales)]) {
        const run = measuring(lanczos(), hessian, { geometry, seed })
        const expected = bestInSpan(hessian, geometry === euclideanNorm ? hessian.map(() => 1) : scales, stateOf(run))
        expect((run.measure()['sharpness'] as number) / expected).toBeCloseTo(1, 8)
      }
    }
  })

  it('never falls on a fixed Hessian, and has a residual that bounds the distance to an eigenvalue', () => {
    const values = [-4, -1, 1, 3, 5]
    const run = startingAt([1, -1, 2, 1, 0.1], diagonal(values))
    let before = Number.NEGATIVE_INFINITY
    for (let i = 0; i < 60; i++) {
      const { sharpness, residual } = run.measure() as Found
      expect(sharpness).toBeGreaterThanOrEqual(before - 1e-12)
      expect(Math.min(...values.map((x) => Math.abs(x - sharpness)))).toBeLessThanOrEqual(residual + 1e-12)
      before = sharpness
    }
    expect(before).toBeCloseTo(5, 6)
  })

  it('goes on within a measurement as between two', () => {
    const hessian = randomSymmetric(6, 3)
    const [one, two] = [startingAt([1, 2, 3, 4, 5, 6], hessian, { steps: 3 }), startingAt([1, 2, 3, 4, 5, 6], hessian)]
    two.measure()
    // Three products: those of v and w, and one more along the residual of their Ritz vector.
    expect(one.measure()['sharpness']).toBeCloseTo(two.measure()['sharpness'] as number, 9)
  })

  it('needs fewer products than power iteration where the top is close to the next', () => {
    const hessian = diagonal([10, 9.5, 5, 1, -9.9])
    const products = (make: () => ReturnType<typeof lanczos>, each: number): number => {
      const run = measuring(make(), hessian)
      for (let n = 1; n < 400; n++) if (Math.abs((run.measure()['sharpness'] as number) - 10) < 0.01) return n * each
      return Number.POSITIVE_INFINITY
    }
    expect(products(() => lanczos(), 2)).toBeLessThan(0.5 * products(() => powerIteration(), 1))
  })

  it('O23: passes over a negative eigenvalue of larger magnitude', () => {
    const run = measuring(lanczos(), diagonal([-5, 1, 3]))
    for (let i = 0; i < 40; i++) run.measure()
    expect(run.measure()['sharpness']).toBeCloseTo(3, 9)
  })

  it('keeps an eigenvector, and any vector of a flat loss', () => {
    for (const [hessian, value] of [
      [diagonal([-2, 7]), -2],
      [diagonal([0, 0]), 0],
    ] as const) {
      const run = startingAt([3, 0], hessian)
      expect(run.measure()).toMatchObject({ sharpness: value, residual: 0 })
      expect(stateOf(run)).toEqual([1, 0])
    }
  })

  it('is refused for a geometry without an inner product: by the direction that declares it, or when traced', () => {
    const named = /Lanczos needs a geometry with an inner product, and that of the direction "Muon" has none/
    expect(() => lanczos().accepts?.({ name: 'Muon', innerProduct: false })).toThrow(named)
    lanczos().accepts?.({ name: 'heavy ball' })
    const signNorm: Geometry = { name: 'sign', lmo: (v) => v.map((_, x) => sign(x)), norm: norms, dualNorm: norms }
    expect(() => measuring(lanczos(), diagonal([1, 2]), { geometry: signNorm }).measure()).toThrow(
      /and "sign" has none\. Measure with powerIteration\(\), secant\(\) or realisedEdge\(\)/,
    )
  })

  it('refuses fewer than two steps', () => {
    expect(() => lanczos({ steps: 1 })).toThrow(/lanczos: option "steps" must be a whole number, at least 2, got 1/)
  })
})

const norms: Geometry['norm'] = (v) => v.norm()

/** `(ab - 1)^2/2`: curved in a and b, so that the Hessian is not the Gauss-Newton matrix. */
function productOfTwo(a: number, b: number): Problem {
  const parameter = (name: string) => ({
    name,
    shape: [],
    role: 'vector' as const,
    init: { kind: 'constant' as const, value: 1 },
  })
  const task: Task = {
    name: 'product',
    model: {
      name: 'product',
      parameters: [parameter('a'), parameter('b')],
      buffers: [],
      apply: ({ params }) => ({ output: params.get('a').mul(params.get('b')) }),
    },
    fields: { pull: { shape: [], dtype: 'float32' } },
    inputs: [],
    loss: (output) => output.sub(1).mul(output.sub(1)).mul(0.5),
  }
  return { task, params: { a: [a], b: [b] } }
}

describe('of the Gauss-Newton matrix', () => {
  const settle = (make: () => ReturnType<typeof lanczos>, problem: Problem): number => {
    const run = measuring(make(), problem)
    for (let i = 0; i < 60; i++) run.measure()
    return run.measure()['sharpness'] as number
  }
  /** Largest eigenvalue of `[[bb, 2ab - 1], [2ab - 1, aa]]`. */
  const top = (a: number, b: number): number =>
    (a * a + b * b) / 2 + Math.sqrt(((a * a - b * b) / 2) ** 2 + (2 * a * b - 1) ** 2)

  for (const estimator of [lanczos, powerIteration])
    it(`${estimator.name}: a^2 + b^2, where the Hessian has the curvature of the model too`, () => {
      expect(settle(() => estimator(), productOfTwo(2, 0.1))).toBeCloseTo(top(2, 0.1), 9)
      expect(settle(() => estimator({ of: 'gaussNewton' }), productOfTwo(2, 0.1))).toBeCloseTo(4.01, 9)
    })
  it('equals the Hessian where the residual is zero', () => {
    expect(settle(() => lanczos({ of: 'gaussNewton' }), productOfTwo(2, 0.5))).toBeCloseTo(top(2, 0.5), 9)
    expect(top(2, 0.5)).toBeCloseTo(4.25, 12)
  })
})
