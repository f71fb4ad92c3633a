import type { Fields } from '@eos-sgd/core'
import { describe, expect, it } from 'vitest'
import { batchesOf } from './fixtures.ts'
import { type StreamRecord, stream } from './stream.ts'

const fields: Fields = { x: { shape: [2], dtype: 'float32' }, label: { shape: [], dtype: 'int64', classes: 3 } }
const sample = (i: number): StreamRecord => ({ x: [i, -i], label: i % 3 })

describe('stream', () => {
  it('cuts records of any size into batches', async () => {
    const data = stream(async function* () {
      yield sample(0)
      yield { x: Float32Array.of(1, -1, 2, -2, 3, -3), label: BigInt64Array.of(1n, 2n, 0n) }
      yield sample(4)
    }, fields)
    expect(await batchesOf(data, { batch: 2 })).toEqual([
      { x: [0, -0, 1, -1], label: [0, 1] },
      { x: [2, -2, 3, -3], label: [2, 0] },
      { x: [4, -4], label: [1] },
    ])
    expect(data.size).toBeUndefined()
  })

  it('hands seed and epoch to the factory, and resumes by passing over samples', async () => {
    const starts: unknown[] = []
    const data = stream(
      (start) => {
        starts.push(start)
        return Array.from({ length: 10 }, (_, i) => sample(i + 10 * start.epoch))
      },
      fields,
      { name: 'mine', size: 10 },
    )
    const whole = await batchesOf(data, { batch: 3, seed: 9, epoch: 2 })
    expect(whole[0]!['x']).toEqual([20, -20, 21, -21, 22, -22])
    expect(await batchesOf(data, { batch: 3, seed: 9, epoch: 2, position: 2 })).toEqual(whole.slice(2))
    expect(await batchesOf(data, { batch: 3, seed: 9, epoch: 2, position: 9 })).toEqual([])
    expect(starts[0]).toEqual({ seed: 9, epoch: 2 })
    expect([data.name, data.size]).toEqual(['mine', 10])
  })

  it('closes the source when the reader is closed', async () => {
    let closed = false
    const data = stream(async function* () {
      try {
        for (let i = 0; ; i++) yield sample(i)
      } finally {
        closed = true
      }
    }, fields)
    const reader = data.read({ batch: 2, seed: 0, epoch: 0, position: 0 })
    await reader.next({ x: new Float32Array(4), label: new BigInt64Array(2) })
    await reader.close?.()
    expect(closed).toBe(true)
  })

  it.each([
    [{ x: [1, 2] }, 'The record at sample 1 of stream "s" has no "label".'],
    [{ x: [1, 2, 3], label: 0 }, 'The record at sample 1 of stream "s" holds 3 numbers in "x", 2 per sample.'],
    [{ x: [1, 2, 3, 4], label: 0 }, 'holds 1 numbers in "label", 1 per sample, but 2 samples in the field before.'],
    [{ x: [1, Number.NaN], label: 0 }, 'Sample 1 of "x", element 1, is NaN.'],
    [{ x: [1, 2, 3, 4], label: [0, 3] }, 'Sample 2 of "label" is the label 3; labels are whole numbers from 0 to 2.'],
  ])('%#: refuses a bad record where it comes', async (record, text) => {
    const data = stream(() => [sample(0), record as unknown as StreamRecord], fields, { name: 's' })
    await expect(batchesOf(data, { batch: 4 })).rejects.toThrow(text)
  })
})
