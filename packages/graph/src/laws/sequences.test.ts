import { describe, expect, it } from 'vitest'
import { type NdArray, ndarray } from '../array.ts'
import { vjp } from '../differentiate/vjp.ts'
import { graph } from '../graph.ts'
import { interpret } from '../interpret.ts'
import * as op from '../ops/index.ts'
import type { Tensor } from '../tensor.ts'
import type { Shape } from '../type.ts'
import { distance, randomArray, randomFrom, type Values } from './support.ts'

const random = randomFrom(11)
const draw = (shape: Shape): NdArray => randomArray(random, { shape, dtype: 'float32' })
const value = (tensor: Tensor, feeds: Values): NdArray => interpret(graph('g', { y: tensor }), feeds).y as NdArray
const mapped = (x: NdArray, f: (value: number, i: number) => number): NdArray => ndarray(x.data.map(f), x.shape)

describe('softmax', () => {
  const x = op.input('x', [2, 3])
  const at = draw([2, 3])

  it('is a distribution that a shift does not change, also a large one', () => {
    const y = value(op.softmax(x), { x: at })
    for (const row of [0, 1])
      expect(y.data.slice(3 * row, 3 * row + 3).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 14)
    for (const shift of [-3, 1000])
      expect(distance(value(op.softmax(x), { x: mapped(at, (v) => v + shift) }).data, y.data)).toBeLessThan(1e-12)
  })

  it('is the exponential of logSoftmax, and logSoftmax loses nothing where a probability rounds to 0', () => {
    const logs = value(op.logSoftmax(x), { x: at })
    expect(distance(logs.data.map(Math.exp), value(op.softmax(x), { x: at }).data)).toBeLessThan(1e-14)
    expect([...value(op.logSoftmax(x), { x: ndarray([0, -2000, 0, 0, 0, 3000], [2, 3]) }).data]).toEqual(
      [-Math.LN2, -2000 - Math.LN2, -Math.LN2, -3000, -3000, 0].map((v) => expect.closeTo(v, 9)),
    )
  })
})

describe('layerNorm', () => {
  const x = op.input('x', [2, 3, 4])
  const at = draw([2, 3, 4])
  const norm = (feeds: NdArray, options: op.LayerNormOptions = { epsilon: 0 }): Float64Array =>
    value(op.layerNorm(x, options), { x: feeds }).data

  it('gives each sample mean 0 and variance 1', () => {
    const y = norm(at)
    for (let row = 0; row < 24; row += 4) {
      const sample = y.slice(row, row + 4)
      expect(sample.reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 12)
      expect(sample.reduce((sum, v) => sum + v * v, 0) / 4).toBeCloseTo(1, 12)
    }
  })

  it('does not see a shift or a positive factor of a sample', () => {
    const other = mapped(at, (v, i) => (1 + Math.floor(i / 4)) * v + 7 * Math.floor(i / 4))
    expect(distance(norm(other), norm(at))).toBeLessThan(1e-12)
  })

  it('normalises over the axes that are named', () => {
    const flat = value(op.layerNorm(op.input('x', [2, 12])), { x: ndarray(at.data, [2, 12]) })
    expect(distance(norm(at, { axes: [1, 2] }), flat.data)).toBeLessThan(1e-14)
  })
})

describe('gelu', () => {
  it('has the published values and goes over into x and 0', () => {
    const x = op.input('x', [5])
    // x times the normal distribution function, from tables to ten digits.
    const expected = [-0.15865525393, 0, 0.8413447461, 1.9544997361, 10]
    const y = value(op.gelu(x), { x: ndarray([-1, 0, 1, 2, 10], [5]) })
    expect([...y.data]).toEqual(expected.map((v) => expect.closeTo(v, 9)))
  })
})

describe('dropout', () => {
  const [x, u] = [op.input('x', [2, 3]), op.input('u', [2, 3])]
  const at = draw([2, 3])

  it('is the identity at rate 0, and refuses a rate at which nothing is left', () => {
    expect(op.dropout(x, u, 0)).toBe(x)
    for (const rate of [1, -0.1, Number.NaN]) expect(() => op.dropout(x, u, rate)).toThrow('at least 0 and below 1')
  })

  it('drops where the number is below the rate, and has x for its mean over the numbers', () => {
    const steps = 20
    const results = Array.from({ length: steps }, (_, k) =>
      value(op.dropout(x, u, 0.25), { x: at, u: ndarray(k / steps, [2, 3]) }),
    )
    expect([...(results[4] as NdArray).data]).toEqual([0, 0, 0, 0, 0, 0].map((v) => expect.closeTo(v, 15)))
    const mean = at.data.map((_, i) => results.reduce((sum, y) => sum + (y.data[i] as number), 0) / steps)
    expect(distance(mean, at.data)).toBeLessThan(1e-14)
  })
})

describe('attention', () => {
  const [steps, width] = [4, 6]
  const [q, k, v] = ['q', 'k', 'v'].map((name) => op.input(name, [2, steps, width])) as [Tensor, Tensor, Tensor]
  const feeds = { q: draw([2, steps, width]), k: draw([2, steps, width]), v: draw([2, steps, width]) }

  /** Written out: one weight at a time. */
  function written(heads: number, sees: (query: number, key: number) => boolean): number[] {
    const size = width / heads
    const at = (x: NdArray, b: number, t: number, i: number): number => x.data[(b * steps + t) * width + i] as number
    return [0, 1].flatMap((b) =>
      Array.from({ length: steps }, (_, t) =>
        Array.from({ length: width }, (_, i) => {
          const first = size * Math.floor(i / size)
          let [sum, total] = [0, 0]
          for (let s = 0; s < steps; s++) {
            if (!sees(t, s)) continue
            let score = 0
            for (let j = first; j < first + size; j++) score += at(feeds.q, b, t, j) * at(feeds.k, b, s, j)
            const weight = Math.exp(score / Math.sqrt(size))
            sum += weight * at(feeds.v, b, s, i)
            total += weight
          }
          return sum / total
        }),
      ).flat(),
    )
  }

  it.each([
    ['one head', {}, 1, () => true],
    ['three heads', { heads: 3 }, 3, () => true],
    ['two causal heads', { heads: 2, causal: true }, 2, (t: number, s: number) => s <= t],
  ] as const)('is the weighted mean of the values: %s', (_, options, heads, sees) => {
    expect(
      distance(value(op.attention(q, k, v, options), feeds).data, Float64Array.from(written(heads, sees))),
    ).toBeLessThan(1e-14)
  })

  it('takes a mask, and the mean of all values where a query sees no key', () => {
    const mask = op.input('mask', [steps, steps], 'bool')
    const seen = [1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0]
    const y = value(op.attention(q, k, v, { mask }), { ...feeds, mask: ndarray(seen, [steps, steps], 'bool') })
    const expected = written(1, (t, s) => seen[t * steps + s] === 1)
    const blind = [0, 1].map((b) => (b * steps + 1) * width)
    for (const start of blind)
      for (let i = 0; i < width; i++) {
        const column = [0, 1, 2, 3].map(
          (s) => feeds.v.data[(Math.floor(start / (steps * width)) * steps + s) * width + i] as number,
        )
        expected[start + i] = column.reduce((sum, x) => sum + x, 0) / steps
      }
    expect(distance(y.data, Float64Array.from(expected))).toBeLessThan(1e-14)
  })

  it('that is causal depends on nothing later', () => {
    const y = op.attention(q, k, v, { heads: 2, causal: true })
    for (let t = 0; t < steps; t++) {
      const only = ndarray(
        Array.from({ length: 2 * steps * width }, (_, i) => (Math.floor(i / width) % steps === t ? 1 : 0)),
        [2, steps, width],
      )
      const slopes = vjp([y], [q, k, v], [op.constant(only.data, only.shape)])
      slopes.forEach((slope, which) => {
        value(slope, feeds).data.forEach((s, i) => {
          const step = Math.floor(i / width) % steps
          if (step > t || (which === 0 && step !== t)) expect(s).toBe(0)
        })
      })
    }
  })

  it('refuses what holds no heads', () => {
    expect(() => op.attention(q, k, v, { heads: 4 })).toThrow('float32[2, 4, 6] does not hold 4 heads')
    expect(() => op.attention(op.input('q', [3]), k, v)).toThrow('Give [..., T, width]')
  })
})

describe('rows', () => {
  it('that are added at an index that repeats all count, and those beyond either end do not', () => {
    const y = op.addRows(op.input('table', [3, 2]), op.input('at', [2, 3], 'int64'), op.input('rows', [2, 3, 2]))
    const { data } = value(y, {
      table: ndarray([1, 2, 3, 4, 5, 6], [3, 2]),
      at: ndarray([0, 0, -1, 3, -4, 0], [2, 3], 'int64'),
      rows: ndarray([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120], [2, 3, 2]),
    })
    expect([...data]).toEqual([151, 182, 3, 4, 55, 66])
  })

  it('need an update each, and whole numbers', () => {
    const [table, rows] = [op.input('table', [3, 2]), op.input('rows', [2, 2])]
    expect(() => op.addRows(table, op.input('at', [3], 'int64'), rows)).toThrow('Each index needs an update')
    expect(() => op.addRows(table, op.input('at', [2]), rows)).toThrow('Indices must be integers')
  })
})
