import { expect, test } from 'vitest'
import { createPace, giveWay } from './pace.ts'

test('the first run is not known to be short', () => {
  expect(createPace().short).toBe(false)
})

test('a program is short by the median of its last five runs', () => {
  const pace = createPace()
  const after = (milliseconds: number): boolean => {
    pace.record(milliseconds)
    return pace.short
  }
  // A slow first run is forgotten at once, one slow run later on does not count.
  expect([50, 2, 2, 30, 2].map(after)).toEqual([false, true, true, true, true])
  expect([9, 9, 9].map(after)).toEqual([true, false, false])
  expect([1, 1, 1].map(after)).toEqual([false, false, true])
})

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('runs give way once they have filled a turn of the event loop for 10 ms', async () => {
  await nextTurn()
  expect(giveWay(100, 104)).toBeUndefined()
  expect(giveWay(104, 108)).toBeUndefined()
  const wait = giveWay(108, 112)
  expect(wait).toBeInstanceOf(Promise)
  await wait
  // A new turn: the count starts again.
  expect(giveWay(112, 116)).toBeUndefined()
  await nextTurn()
})
