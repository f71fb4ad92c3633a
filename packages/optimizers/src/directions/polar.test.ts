import { constant, type Tensor } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import {
  distance,
  inner,
  normals,
  numbers,
  polarOf,
  randomMatrix,
  svd,
  times,
  traced,
  transposed,
  withSpectrum,
} from '../fixtures/dense.ts'
import { newtonSchulz } from './newton-schulz.ts'
import { inverseSquareRoot, orthonormalise } from './orthonormalise.ts'
import { cheapPolar, pol, pols } from './polar.ts'
import { largestSingularValue } from './singular-value.ts'

const eye = (n: number) => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => Number(i === j)))

/** The polynomial that `pol` applies to one singular value, in units of the Schatten-4 norm. */
const lift = (s: number): number => {
  let [x, p] = [s, 1]
  for (const [a, b, c] of [
    [7.710969, -22.113755, 16.248743],
    [3.215276, -2.411172, 0.5013],
    [2.218308, -1.59399, 0.410748],
  ] as const) {
    const f = a + b * x * x + c * x ** 4
    p *= f
    x *= f
  }
  return s * p
}
const schatten4 = (s: readonly number[]): number => s.reduce((sum, x) => sum + x ** 4, 0) ** 0.25

describe('pol', () => {
  for (const [rows, columns] of [
    [5, 9],
    [9, 5],
    [6, 6],
  ] as const)
    it(`acts on the singular values of a ${rows} x ${columns} matrix only`, () => {
      const a = withSpectrum(rows, columns, [3, 1, 0.5, 0.2, 0.1, 0.05].slice(0, Math.min(rows, columns)), normals(1))
      const { u, s, v } = svd(a)
      const scale = schatten4(s)
      const expected = times(
        u.map((row) => row.map((x, i) => x * lift((s[i] as number) / scale))),
        transposed(v),
      )
      const found = pol(traced(a))
      expect(distance(numbers(found.polar), expected)).toBeLessThan(1e-9)
      expect(numbers(found.nuclear)[0]?.[0]).toBeCloseTo(inner(a, expected), 9)
    })

  it('ends in .91 to 1.09 for singular values of .02 to 1', () => {
    for (let s = 0.02; s <= 1; s += 0.001) expect(Math.abs(lift(s) - 1)).toBeLessThan(0.094)
  })

  it('does not see the scale of its argument, and keeps zero', () => {
    const a = randomMatrix(4, 7, normals(2))
    const tiny = a.map((row) => row.map((x) => x * 1e-12))
    expect(distance(numbers(pol(traced(a)).polar), numbers(pol(traced(tiny)).polar))).toBeLessThan(1e-9)
    expect(
      numbers(pol(constant(0, [1, 1]).mul(traced(a))).polar)
        .flat()
        .every((x) => x === 0),
    ).toBe(true)
  })
})

describe('pols', () => {
  it('does to each of a stack what it does to it alone', () => {
    const draw = normals(4)
    const matrices = [randomMatrix(4, 7, draw), randomMatrix(9, 4, draw), randomMatrix(4, 4, draw)]
    const factors = [1, 0.5, 3]
    const together = pols(matrices.map(traced), factors)
    const alone = matrices.map((a, i) => pol(traced(a), factors[i]))
    alone.forEach(({ polar }, i) => {
      expect(distance(numbers(together.polars[i] as Tensor), numbers(polar))).toBeLessThan(1e-12)
    })
    const nuclear = alone.reduce((sum, one) => sum + (numbers(one.nuclear)[0]?.[0] as number), 0)
    expect(numbers(together.nuclear)[0]?.[0]).toBeCloseTo(nuclear, 10)
  })
})

describe('newtonSchulz', () => {
  it('converges to the polar factor', () => {
    for (const [rows, columns] of [
      [5, 9],
      [9, 5],
    ] as const) {
      const a = withSpectrum(rows, columns, [3, 1, 0.3, 0.1, 0.02], normals(3))
      const found = newtonSchulz(traced(a), { iterations: 6, polish: 4, factor: 2 })
      expect(
        distance(
          numbers(found.polar),
          polarOf(a).map((row) => row.map((x) => 2 * x)),
        ),
      ).toBeLessThan(1e-6)
      expect(numbers(found.nuclear)[0]?.[0]).toBeCloseTo(2 * (3 + 1 + 0.3 + 0.1 + 0.02), 6)
    }
  })

  it('leaves singular values in .68 to 1.13 after five steps', () => {
    const a = withSpectrum(5, 9, [3, 1, 0.3, 0.1, 0.05], normals(4))
    for (const s of svd(numbers(newtonSchulz(traced(a)).polar)).s) expect(Math.abs(s - 0.9)).toBeLessThan(0.24)
  })
})

describe('orthonormalise', () => {
  it('gives an orthonormal basis of the same columns', () => {
    const y = randomMatrix(70, 16, normals(5))
    const u = numbers(orthonormalise(traced(y)))
    expect(distance(times(transposed(u), u), eye(16))).toBeLessThan(3e-5)
    const back = times(u, times(transposed(u), y))
    expect(distance(back, y)).toBeLessThan(2e-3)
  })

  it('completes a basis that lost dimensions', () => {
    const y = times(randomMatrix(70, 1, normals(6)), randomMatrix(1, 16, normals(7)))
    const u = numbers(orthonormalise(traced(y)))
    const { s } = svd(u)
    expect(Math.min(...s)).toBeGreaterThan(0.03)
    expect(Math.max(...s)).toBeLessThan(1.1)
  })

  it('takes inverse square roots', () => {
    const b = withSpectrum(
      16,
      16,
      Array.from({ length: 16 }, (_, i) => 0.2 + i / 10),
      normals(8),
    )
    const g = times(transposed(b), b)
    const root = numbers(inverseSquareRoot(traced(g)))
    expect(distance(times(times(root, g), root), eye(16))).toBeLessThan(1e-9)
  })
})

describe('cheapPolar', () => {
  const next = normals(9)
  const spectrum = Array.from({ length: 20 }, (_, i) => (i < 4 ? 10 * 0.6 ** i : 0.05 + 0.002 * i))
  for (const [rows, columns] of [
    [20, 24],
    [24, 20],
  ] as const)
    it(`is exact to pol on the dominant directions of a ${rows} x ${columns} matrix and lifts the rest`, () => {
      const a = withSpectrum(rows, columns, spectrum, next)
      let subspace: readonly (readonly number[])[] = randomMatrix(24, 4, next)
      for (let i = 0; i < 6; i++) subspace = numbers(cheapPolar(traced(a), traced(subspace)).subspace)
      const found = cheapPolar(traced(a), traced(subspace))
      const polar = numbers(found.polar)
      const { u, s, v } = svd(a)
      const order = s.map((_, i) => i).sort((i, j) => (s[j] as number) - (s[i] as number))
      const scale = schatten4(order.slice(0, 4).map((i) => s[i] as number))
      const frobenius = Math.sqrt(inner(a, a))
      const tail = order.slice(4).reduce((sum, i) => sum + (s[i] as number) ** 2, 0) / frobenius ** 2
      const alpha = 0.9 * Math.sqrt((20 - 4) / Math.max(tail, 1e-6))
      // In the basis of the singular vectors: pol on the first 4, alpha Q on the others.
      const rotated = times(times(transposed(u), polar), v)
      order.forEach((index, position) => {
        const expected = position < 4 ? lift((s[index] as number) / scale) : (alpha * (s[index] as number)) / frobenius
        expect(Math.abs((rotated[index]?.[index] as number) - expected)).toBeLessThan(0.02)
      })
      expect(numbers(found.nuclear)[0]?.[0]).toBeCloseTo(inner(a, polar), 6)
    })

  it('does not see the scale of its argument, keeps zero, and folds the factor in', () => {
    const a = randomMatrix(66, 67, next)
    const subspace = traced(randomMatrix(67, 4, next))
    const polar = numbers(cheapPolar(traced(a), subspace).polar)
    const tiny = numbers(cheapPolar(traced(a.map((row) => row.map((x) => x * 1e-10))), subspace, 3).polar)
    expect(
      distance(
        tiny,
        polar.map((row) => row.map((x) => 3 * x)),
      ),
    ).toBeLessThan(1e-7)
    const none = cheapPolar(constant(0, [1, 1]).mul(traced(a)), subspace)
    expect(
      numbers(none.polar)
        .flat()
        .every((x) => x === 0),
    ).toBe(true)
  })

  it('wins its subspace back after a zero gradient', () => {
    const a = withSpectrum(
      20,
      22,
      Array.from({ length: 20 }, (_, i) => 0.9 ** i),
      next,
    )
    let subspace = cheapPolar(constant(0, [20, 22]), traced(randomMatrix(22, 4, next))).subspace
    for (let i = 0; i < 12; i++) subspace = cheapPolar(traced(a), traced(numbers(subspace))).subspace
    expect(inner(numbers(subspace), numbers(subspace))).toBeGreaterThan(0.5)
    expect(Math.min(...svd(numbers(subspace)).s)).toBeGreaterThan(0.05)
  })
})

describe('largestSingularValue', () => {
  it('is the spectral norm', () => {
    const a = withSpectrum(6, 8, [3, 2.9, 1, 0.5, 0.1, 0], normals(10))
    expect(numbers(largestSingularValue(traced(a)))[0]?.[0]).toBeCloseTo(3, 9)
  })
})
