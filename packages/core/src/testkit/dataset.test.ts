import { describe, expect, it } from 'vitest'
import type { Dataset, Order } from '../contracts/model.ts'
import { permutation } from '../random/index.ts'
import { testDataset } from './dataset.ts'
import { failures } from './recorder.fixture.ts'

/** `size` samples of a position and a label; `orderOf` walks them. */
function samples(size: number, orderOf = shuffled): Dataset {
  return {
    name: 'samples',
    size,
    fields: { x: { shape: [2], dtype: 'float32' }, label: { shape: [], dtype: 'int64', classes: 4 } },
    read(order) {
      const walk = orderOf(size, order)
      let at = order.position * order.batch
      return {
        next({ x, label }) {
          const count = Math.max(0, Math.min(order.batch, size - at))
          for (let i = 0; i < count; i++) {
            const sample = walk[at + i]!
            x?.set([sample, -sample] as never, 2 * i)
            if (label) label[i] = BigInt(sample % 4)
          }
          at += count
          return count
        },
      }
    },
  }
}
const stored = (size: number): number[] => [...Array(size).keys()]
const shuffled = (size: number, { seed, epoch }: Order): ArrayLike<number> =>
  seed === null ? stored(size) : permutation(size, seed, 'epoch', epoch)

testDataset({ describe, it, expect }, () => samples(20))
testDataset({ describe, it, expect }, async () => samples(12), { batch: 4 })
testDataset({ describe, it, expect }, () => ({ ...samples(30), size: undefined as never }), { batch: 7 })

describe('testDataset', () => {
  it.each<[string, () => Dataset, string]>([
    [
      'the same order in every epoch',
      () => samples(20, (size, { seed }) => (seed === null ? stored(size) : permutation(size, seed))),
      'holds every sample once',
    ],
    ['a sample twice', () => samples(20, (size) => stored(size).map((i) => i % 19)), 'holds every sample once'],
    [
      'a forgotten position',
      () => ({ ...samples(20), read: (order) => samples(20).read({ ...order, position: 0 }) }),
      'resumes in mid-epoch',
    ],
    ['an order that depends on what was read before', stateful, 'gives the same batches'],
    [
      'a label out of range',
      () => ({ ...samples(20), fields: { ...samples(20).fields, label: { shape: [], dtype: 'int64', classes: 3 } } }),
      'labels in range',
    ],
    ['a dropped last batch', () => ({ ...samples(20), size: 21 }), 'whole batches, then the rest'],
  ])('finds %s', async (_, make, law) => {
    const failed = Object.keys(await failures((api) => testDataset(api, make)))
    expect(
      failed.some((name) => name.includes(law)),
      `failed: ${failed.join('; ')}`,
    ).toBe(true)
  })
})

function stateful(): Dataset {
  let reads = 0
  return samples(20, (size) => permutation(size, reads++))
}
