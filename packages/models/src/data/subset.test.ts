import { describe, expect, it } from 'vitest'
import { arrays } from './arrays.ts'
import { valuesOf } from './fixtures.ts'
import { stream } from './stream.ts'
import { split, subset } from './subset.ts'

const data = arrays(
  {
    x: Array.from({ length: 60 }, (_, i) => i),
    label: Array.from({ length: 60 }, (_, i) => (i < 30 ? 0 : i < 50 ? 1 : 2)),
  },
  { name: 'all' },
)
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)

describe('subset', () => {
  it('has the samples asked for, in that order, and those of a part of a part', async () => {
    const part = subset(data, [5, 50, 7], 'three')
    expect([part.size, part.name]).toEqual([3, 'three'])
    expect(await valuesOf(part, 'x')).toEqual([5, 50, 7])
    expect(await valuesOf(part, 'label')).toEqual([0, 2, 0])
    expect(await valuesOf(subset(part, [1]), 'x')).toEqual([50])
    expect(sorted(await valuesOf(part, 'x', { seed: 1 }))).toEqual([5, 7, 50])
  })

  it('refuses indices that are not there, and streams', () => {
    expect(() => subset(data, [60])).toThrow('Data set "all" of 60 samples has no sample 60. Indices go from 0 to 59.')
    expect(() => subset(data, [])).toThrow('no samples')
    expect(() =>
      subset(
        stream(() => [], data.fields),
        [0],
      ),
    ).toThrow('can only be walked through')
  })
})

describe('split', () => {
  it('divides without loss or overlap, by seed', async () => {
    const { train, validation } = split(data, { validation: 12, seed: 4 })
    const [a, b] = [await valuesOf(train, 'x'), await valuesOf(validation, 'x')]
    expect(b).toHaveLength(12)
    expect(sorted([...a, ...b])).toEqual(Array.from({ length: 60 }, (_, i) => i))
    expect(await valuesOf(split(data, { validation: 12, seed: 4 }).validation, 'x')).toEqual(b)
    expect(await valuesOf(split(data, { validation: 12, seed: 5 }).validation, 'x')).not.toEqual(b)
    expect([train.name, validation.name]).toEqual(['all train', 'all validation'])
  })

  it('holds out each class in proportion, to within one sample', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { validation } = split(data, { validation: 0.2, seed })
      const labels = await valuesOf(validation, 'label')
      expect(labels).toHaveLength(12)
      ;[6, 4, 2].forEach((expected, label) => {
        expect(Math.abs(labels.filter((found) => found === label).length - expected)).toBeLessThanOrEqual(1)
      })
    }
  })

  it('refuses a number that leaves nothing, and a label that is not there', () => {
    for (const validation of [0, 60, 1.5, 0.001, Number.NaN])
      expect(() => split(data, { validation })).toThrow('Cannot hold out')
    expect(() => split(data, { validation: 5, by: 'kind' })).toThrow('no field "kind" to split by. It has x, label.')
    expect(split(data, { validation: 5, by: null }).validation.size).toBe(5)
  })
})
