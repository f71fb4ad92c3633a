import { describe, expect, it } from 'vitest'
import { valuesOf } from './data/fixtures.ts'
import { digits } from './digits.ts'
import { digitsMlp } from './workloads/digits-mlp.ts'

const histogram = (labels: readonly number[]): number[] =>
  Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length)

describe('digits', async () => {
  const { train, validation, test } = await digits()

  it('has 1,797 images, split once and for all, every class in each part', async () => {
    expect([train.size, validation.size, test.size]).toEqual([1297, 250, 250])
    expect([train.name, validation.name, test.name]).toEqual(['digits train', 'digits validation', 'digits test'])
    const labels = await Promise.all([train, validation, test].map((part) => valuesOf(part, 'label')))
    // The counts that UCI states.
    expect(histogram(labels.flat())).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    for (const counts of labels.slice(1).map(histogram))
      for (const count of counts) expect(Math.abs(count - 25)).toBeLessThanOrEqual(1)
    expect(labels.map((part) => part.slice(0, 6))).toMatchInlineSnapshot(`
      [
        [
          0,
          3,
          5,
          6,
          7,
          8,
        ],
        [
          4,
          9,
          8,
          6,
          1,
          7,
        ],
        [
          1,
          2,
          5,
          6,
          8,
          7,
        ],
      ]
    `)
  })

  it('has pixels in [0, 1]', async () => {
    const pixels = await valuesOf(train, 'x')
    expect(pixels).toHaveLength(1297 * 64)
    expect(Math.min(...pixels.slice(0, 64000))).toBe(0)
    expect(pixels.every((value) => value >= 0 && value <= 1 && Number.isInteger(value * 16))).toBe(true)
  })

  it('fits its workload', async () => {
    expect(train.fields).toEqual(digitsMlp.task.fields)
    expect((await digitsMlp.load()).test.size).toBe(250)
  })
})
