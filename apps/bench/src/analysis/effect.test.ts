import { describe, expect, it } from 'vitest'
import { effectOf } from './effect.ts'

const seeded = (...values: readonly (number | null)[]) => values.map((value, seed) => ({ seed, value }))

describe('the effect of an exchange', () => {
  it('is the paired difference with its spread', () => {
    expect(effectOf(seeded(3, 5, 4), seeded(1, 2, 3))).toEqual({
      seeds: [0, 1, 2],
      differences: [2, 3, 1],
      median: 2,
      lower: 0,
      higher: 3,
      least: 1,
      most: 3,
      verdict: 'higher',
    })
    expect(effectOf(seeded(1, 1), seeded(2, 3))?.verdict).toBe('lower')
  })

  it('is within the spread where the seeds do not agree, or nothing changes', () => {
    expect(effectOf(seeded(1, 5, 9), seeded(2, 2, 2))?.verdict).toBe('within the spread')
    expect(effectOf(seeded(2, 5), seeded(2, 2))?.verdict).toBe('within the spread')
    expect(effectOf(seeded(null, null), seeded(null, null))).toMatchObject({ median: 0, verdict: 'within the spread' })
  })

  it('says nothing of one seed, and is none without a common seed', () => {
    expect(effectOf(seeded(1), seeded(2))).toMatchObject({ median: -1, verdict: 'one seed' })
    expect(effectOf([{ seed: 1, value: 1 }], seeded(2))).toBeUndefined()
  })

  it('counts what has no value as infinite', () => {
    expect(effectOf(seeded(null, 3, null), seeded(1, 2, 3))).toMatchObject({
      median: null,
      least: 1,
      most: null,
      verdict: 'higher',
    })
    expect(effectOf(seeded(1, 2), seeded(null, null))).toMatchObject({ median: null, verdict: 'lower' })
  })
})
