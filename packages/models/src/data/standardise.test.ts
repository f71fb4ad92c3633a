import { expect, it } from 'vitest'
import { standardise } from './standardise.ts'

it('scales every column by the mean and deviation of the rows given', () => {
  const values = Float64Array.of(1, 10, 3, 10, 5, 40)
  // Rows 0 and 1: means 2 and 10, deviations 1 and none.
  expect([...standardise(values, 2, [0, 1])]).toEqual([-1, 0, 1, 0, 3, 30])
})
