import { expect, test } from 'vitest'
import { createPace, mayBlock } from './pace.ts'

test('nothing is known before the first run', () => {
  expect(createPace().expected).toBe(Number.POSITIVE_INFINITY)
})

test('a program may take as long as the slowest of its last five runs', () => {
  const pace = createPace()
  const after = (milliseconds: number): number => {
    pace.record(milliseconds)
    return pace.expected
  }
  // The first run, which pays for memory, is forgotten after five more.
  expect([50, 2, 2, 3, 2, 2, 2].map(after)).toEqual([50, 50, 50, 50, 50, 3, 3])
})

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('long programs never block', async () => {
  await nextTurn()
  expect(mayBlock(8, 0)).toBe(false)
  expect(mayBlock(Number.POSITIVE_INFINITY, 0)).toBe(false)
})

test('short ones block until they have filled a turn of the event loop', async () => {
  await nextTurn()
  expect([100, 103, 104, 105, 108].map((now) => mayBlock(3, now))).toEqual([true, true, true, true, false])
  expect(mayBlock(1, 107)).toBe(true)
  await nextTurn()
  expect(mayBlock(3, 110)).toBe(true)
  await nextTurn()
})
