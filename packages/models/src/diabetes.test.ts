import { describe, expect, it } from 'vitest'
import { valuesOf } from './data/fixtures.ts'
import { diabetes } from './diabetes.ts'
import { diabetesMlp } from './workloads/diabetes-mlp.ts'

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const column = (values: readonly number[], width: number, at: number): number[] =>
  values.filter((_, index) => index % width === at)

describe('diabetes', async () => {
  const parts = await diabetes()
  const { train, validation, test } = parts
  const targets = await Promise.all([train, validation, test].map((part) => valuesOf(part, 'y')))

  it('has 442 samples, split once and for all, in proportion along the target', () => {
    expect([train.size, validation.size, test.size]).toEqual([282, 80, 80])
    expect([train.name, validation.name, test.name]).toEqual(['diabetes train', 'diabetes validation', 'diabetes test'])
    const quartiles = targets.flat().sort((a, b) => a - b)
    const [low, high] = [quartiles[110] as number, quartiles[331] as number]
    for (const part of targets) {
      expect(part.filter((y) => y < low).length / part.length).toBeCloseTo(0.25, 1)
      expect(part.filter((y) => y > high).length / part.length).toBeCloseTo(0.25, 1)
    }
    // The mean and range that the authors' table has: 152.13, 25 to 346.
    const all = quartiles.map((y) => y - mean(quartiles))
    expect((all.at(-1) as number) / -(all[0] as number)).toBeCloseTo((346 - 152.133) / (152.133 - 25), 4)
  })

  it('has every column with mean 0 and variance 1 over the training samples', async () => {
    const x = await valuesOf(train, 'x')
    const columns = [...Array.from({ length: 10 }, (_, at) => column(x, 10, at)), targets[0] as number[]]
    for (const values of columns) {
      expect(mean(values)).toBeCloseTo(0, 5)
      expect(mean(values.map((value) => value ** 2))).toBeCloseTo(1, 5)
    }
    // The second column is the sex: two values.
    expect(new Set(column(await valuesOf(test, 'x'), 10, 1)).size).toBe(2)
  })

  it('keeps measurements beside their targets: body mass index and target correlate as in the table', async () => {
    const x = await Promise.all([train, validation, test].map((part) => valuesOf(part, 'x')))
    const [bmi, y] = [column(x.flat(), 10, 2), targets.flat()]
    const [mb, my] = [mean(bmi), mean(y)]
    const covariance = mean(bmi.map((value, i) => (value - mb) * ((y[i] as number) - my)))
    const deviation = (values: number[], m: number): number => Math.sqrt(mean(values.map((v) => (v - m) ** 2)))
    expect(covariance / deviation(bmi, mb) / deviation(y, my)).toBeCloseTo(0.58645, 4)
  })

  it('fits its workload', async () => {
    expect(train.fields).toEqual(diabetesMlp.task.fields)
    expect((await diabetesMlp.load()).test.size).toBe(80)
  })
})
