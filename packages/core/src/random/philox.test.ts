import { describe, expect, it } from 'vitest'
import { multiplyHigh, philox4x32 } from './philox.ts'

const words = (text: string): number[] => text.split(' ').map((word) => Number.parseInt(word, 16))

// The three "philox4x32 10" lines of Random123's tests/kat_vectors: counter, key, result.
const published = [
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
] as const

describe('philox4x32', () => {
  it.each(published)('gives the published answer for %s', (counter, key, result) => {
    const [c0, c1, c2, c3] = words(counter) as [number, number, number, number]
    const [k0, k1] = words(key) as [number, number]
    expect(philox4x32([c0, c1, c2, c3], [k0, k1])).toEqual(words(result))
  })

  it('is built on an exact 64-bit product', () => {
    const cases = [0, 1, 2, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xd2511f53, 0xfffffffe, 0xffffffff]
    for (const a of cases)
      for (const b of cases) expect(multiplyHigh(a, b) >>> 0).toBe(Number((BigInt(a) * BigInt(b)) >> 32n))
  })

  it('is a bijection in the counter: no two of 100,000 counters meet', () => {
    const seen = new Set<string>()
    for (let i = 0; i < 100_000; i++) seen.add(philox4x32([i, 0, 0, 0], [1, 2]).join())
    expect(seen.size).toBe(100_000)
  })
})
