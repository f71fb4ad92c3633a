import { EosError } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { portableLog } from './counter-random.ts'
import { counterRandom, fillNormal, fillUniform, permutation } from './index.ts'

// Every draw below is fixed by its seed, so a bound of a few standard deviations either always holds or never does.

const take = (count: number, next: () => number): number[] => Array.from({ length: count }, next)
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length
const chiSquare = (counts: readonly number[]): number => {
  const expected = mean(counts)
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}
/** Standard deviations that a chi-square value of `cells` cells lies above its mean. */
const excess = (counts: readonly number[]): number =>
  (chiSquare(counts) - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1))
const correlation = (a: readonly number[], b: readonly number[]): number => {
  const [ma, mb] = [mean(a), mean(b)]
  const over = (f: (i: number) => number): number => a.reduce((sum, _, i) => sum + f(i), 0)
  const covariance = over((i) => (a[i]! - ma) * (b[i]! - mb))
  return covariance / Math.sqrt(over((i) => (a[i]! - ma) ** 2) * over((i) => (b[i]! - mb) ** 2))
}

describe('counterRandom', () => {
  it('gives the same sequence for the same name, on every machine', () => {
    const random = counterRandom(7, 'weights', 3)
    // Words from a second implementation, in Python with whole numbers of any size.
    expect(take(4, random.uint32)).toEqual([4208653974, 877064470, 3640100800, 2122313967])
    const [first, second] = take(2, counterRandom(7, 'weights', 3).normal)
    expect(first).toBeCloseTo(1.15945293087645, 14)
    expect(second).toBeCloseTo(0.68726675752845, 14)
  })

  it('tells streams apart by kind, order and division of their parts', () => {
    const names: (number | string)[][] = [
      [],
      [''],
      ['', ''],
      ['a'],
      ['ab'],
      ['a', 'b'],
      ['b', 'a'],
      [1],
      ['1'],
      [1, 2],
      [12],
      ['a\0'],
      [0.5],
      ['abcd'],
      ['abcd', ''],
      ['abcd\0'],
      [-1],
      [2 ** 32],
      [2 ** 32 + 1],
    ]
    const firsts = [0, 1, -1, 2 ** 40].flatMap((seed) =>
      names.map((name) => take(4, counterRandom(seed, ...name).uint32).join()),
    )
    expect(new Set(firsts).size).toBe(firsts.length)
    expect(counterRandom(0, -0).uint32()).toBe(counterRandom(0, 0).uint32())
  })

  it('has independent streams', () => {
    const count = 20_000
    const bound = 4 / Math.sqrt(count)
    const base = take(count, counterRandom(0, 'layer', 0).uniform)
    const others = [counterRandom(0, 'layer', 1), counterRandom(1, 'layer', 0), counterRandom(0, 'layes', 0)]
    for (const other of others) expect(Math.abs(correlation(base, take(count, other.uniform)))).toBeLessThan(bound)
    expect(Math.abs(correlation(base.slice(1), base.slice(0, -1)))).toBeLessThan(bound)
    // First draws across consecutive seeds and streams are a sample of their own.
    const firsts = Array.from({ length: count }, (_, i) => counterRandom(i).uniform())
    const streams = Array.from({ length: count }, (_, i) => counterRandom(0, i).uniform())
    expect(Math.abs(mean(firsts) - 0.5)).toBeLessThan(bound / Math.sqrt(12))
    expect(Math.abs(correlation(firsts, streams))).toBeLessThan(bound)
    expect(Math.abs(correlation(firsts.slice(1), firsts.slice(0, -1)))).toBeLessThan(bound)
  })

  it('draws words whose bits are fair', () => {
    const count = 50_000
    const ones = new Array<number>(32).fill(0)
    const { uint32 } = counterRandom(3)
    for (let i = 0; i < count; i++) {
      const word = uint32()
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (word >>> bit) & 1
    }
    for (const n of ones) expect(Math.abs(n - count / 2)).toBeLessThan((4.5 * Math.sqrt(count)) / 2)
  })

  it('draws uniforms on [0, 1) with their moments and flat bins', () => {
    const values = take(100_000, counterRandom(1).uniform)
    expect(Math.min(...values.slice(0, 50_000))).toBeGreaterThanOrEqual(0)
    expect(values.every((x) => x < 1)).toBe(true)
    expect(mean(values)).toBeCloseTo(1 / 2, 2)
    expect(mean(values.map((x) => x ** 2))).toBeCloseTo(1 / 3, 2)
    const bins = new Array<number>(256).fill(0)
    for (const x of values) bins[Math.floor(x * 256)]!++
    expect(Math.abs(excess(bins))).toBeLessThan(3)
  })

  it('draws normals with the moments, tails and symmetry of the normal law', () => {
    const count = 200_000
    const values = take(count, counterRandom(2).normal)
    const moment = (k: number): number => mean(values.map((x) => x ** k))
    // Bounds: 4 standard errors; the variance of x^k is (2k-1)!! less the square of the mean.
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / count))
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / count))
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / count))
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / count))
    const within = (bound: number): number => values.filter((x) => Math.abs(x) < bound).length / count
    for (const [bound, share] of [
      [0.5, 0.3829249],
      [1, 0.6826895],
      [2, 0.9544997],
      [3, 0.9973002],
    ] as const)
      expect(Math.abs(within(bound) - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / count))
    const pairs = values.filter((_, i) => i % 2 === 0)
    expect(
      Math.abs(
        correlation(
          pairs,
          values.filter((_, i) => i % 2 === 1),
        ),
      ),
    ).toBeLessThan(4 / Math.sqrt(count / 2))
  })

  it('draws integers without bias, from ranges that do not divide 2^32', () => {
    const random = counterRandom(4)
    for (const n of [3, 7, 10, 100]) {
      const counts = new Array<number>(n).fill(0)
      for (let i = 0; i < 50_000; i++) counts[random.integer(n)]!++
      expect(Math.abs(excess(counts))).toBeLessThan(3.5)
    }
    // A modulus would hit the lower third of this range twice as often.
    const n = 3 * 2 ** 30
    const below = take(30_000, () => random.integer(n)).filter((x) => x < 2 ** 30).length
    expect(Math.abs(below / 30_000 - 1 / 3)).toBeLessThan(0.011)
    expect(random.integer(1)).toBe(0)
    expect(take(100, () => random.integer(2 ** 32)).some((x) => x >= 2 ** 31)).toBe(true)
  })

  it('refuses bad seeds, streams and ranges', () => {
    for (const seed of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])
      expect(() => counterRandom(seed)).toThrow(expect.objectContaining({ code: 'SEED' }))
    expect(() => counterRandom(0, Number.NaN)).toThrow(EosError)
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1])
      expect(() => counterRandom(0).integer(n)).toThrow(expect.objectContaining({ code: 'RANDOM_RANGE' }))
    expect(() => permutation(-1, 0)).toThrow(expect.objectContaining({ code: 'RANDOM_RANGE' }))
  })
})

describe('portableLog', () => {
  it('agrees with Math.log', () => {
    for (let x = 1; x > 1e-30; x *= 0.737) {
      const exact = Math.log(x)
      expect(Math.abs(portableLog(x) - exact)).toBeLessThanOrEqual(1e-15 * Math.abs(exact))
    }
  })
})

describe('fills', () => {
  it('fill arrays from the named sequence', () => {
    const out = new Float32Array(5)
    fillNormal(out, 7, 'w')
    expect(out).toEqual(Float32Array.from(take(5, counterRandom(7, 'w').normal)))
    const large = new Float32Array(100_000)
    fillUniform(large, 0.25, 7, 'w')
    expect(large.every((x) => Math.abs(x) <= 0.25)).toBe(true)
    expect(large.reduce((sum, x) => sum + x * x, 0) / large.length).toBeCloseTo(0.25 ** 2 / 3, 3)
  })
})

describe('permutation', () => {
  it('holds every index once', () => {
    for (const n of [0, 1, 2, 17, 1000]) {
      const order = permutation(n, 5, 'epoch', 2)
      expect([...order].sort((a, b) => a - b)).toEqual([...Array(n).keys()])
    }
    expect(permutation(100, 5, 1)).not.toEqual(permutation(100, 5, 2))
    expect(permutation(100, 5, 1)).toEqual(permutation(100, 5, 1))
  })

  it('is uniform over all permutations of four elements', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 24_000; i++) {
      const key = permutation(4, 0, i).join('')
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    expect(Math.abs(excess([...counts.values()]))).toBeLessThan(3)
  })
})
