import { sizeOf } from '@eos-sgd/graph'
import type { HostArray } from '../contracts/graph-types.ts'
import type { Dataset, Order } from '../contracts/model.ts'
import { hostArray } from '../train/batch-memory.ts'
import { fail, type TestApi } from './api.ts'
import { bits, numbers } from './arrays.ts'

/** What a data set's author may say about it. */
export interface DatasetTestOptions {
  /** Samples per batch in the tests; a third of the data and one more by default, so that the last batch is partial. */
  readonly batch?: number
  /** True where `seed` is not heeded: a stream in stored order. */
  readonly unshuffled?: boolean
  /** Batches read of a stream without `size`. 4 by default. */
  readonly batches?: number
}

/** One batch as it was read: every field of every sample, as bytes. */
type Samples = readonly string[]

/**
 * The laws of {@link Dataset}: the same (seed, epoch, position) gives the same batch, an epoch is a permutation of the
 * samples with their fields together, the last batch holds the rest, and a walk resumes in mid-epoch.
 *
 * @example
 * testDataset({ describe, it, expect }, () => digits())
 */
export function testDataset(
  api: TestApi,
  make: () => Dataset | Promise<Dataset>,
  options: DatasetTestOptions = {},
): void {
  const { describe, it, expect } = api
  const { unshuffled = false, batches: most = 4 } = options
  const batchOf = ({ size }: Dataset): number => options.batch ?? (size === undefined ? 3 : Math.floor(size / 3) + 1)
  const orderOf = (data: Dataset, order: Partial<Order> = {}): Order => ({
    batch: batchOf(data),
    seed: 1,
    epoch: 0,
    position: 0,
    ...order,
  })
  const limit = ({ size }: Dataset): number => (size === undefined ? most : Number.POSITIVE_INFINITY)
  const read = (data: Dataset, order: Partial<Order> = {}): Promise<Samples[]> =>
    walk(data, orderOf(data, order), limit(data))

  describe('data set', () => {
    it('states fields that tensors can have', async () => {
      const { name, fields, size } = await make()
      expect(typeof name === 'string' && name !== '').toBe(true)
      expect(size === undefined || (Number.isInteger(size) && size > 0)).toBe(true)
      expect(Object.keys(fields).length > 0).toBe(true)
      for (const { shape, classes } of Object.values(fields)) {
        expect(shape.every((extent) => Number.isInteger(extent) && extent > 0)).toBe(true)
        expect(classes === undefined || (Number.isInteger(classes) && classes > 1)).toBe(true)
      }
    })

    it('gives the same batches for the same seed and epoch, from each of two walks at once and from a second instance', async () => {
      const data = await make()
      const [first, second] = await Promise.all([read(data, { epoch: 2 }), read(data, { epoch: 2 })])
      expect(second).toEqual(first)
      expect(await read(await make(), { epoch: 2 })).toEqual(first)
    })

    it('gives whole batches, then the rest, then nothing', async () => {
      const data = await make()
      const batch = batchOf(data)
      const { size } = data
      if (size === undefined) return
      const counts = (await read(data)).map((samples) => samples.length)
      const whole = new Array<number>(Math.floor(size / batch)).fill(batch)
      expect(counts).toEqual(size % batch === 0 ? whole : [...whole, size % batch])
      const reader = data.read(orderOf(data, { position: counts.length }))
      const out = arraysFor(data, batch)
      expect(await reader.next(out)).toBe(0)
      expect(await reader.next(out)).toBe(0)
      await reader.close?.()
    })

    it('holds every sample once per epoch, in another order each epoch, its fields together', async () => {
      const data = await make()
      if (data.size === undefined) return
      const stored = (await read(data, { seed: null })).flat()
      const sorted = [...stored].sort()
      const orders = [stored]
      for (const order of [{ epoch: 0 }, { epoch: 1 }, { epoch: 0, seed: 2 }]) {
        const samples = (await read(data, order)).flat()
        expect([...samples].sort().join() === sorted.join(), 'the epoch is a permutation of the stored samples').toBe(
          true,
        )
        orders.push(samples)
      }
      if (unshuffled || new Set(stored).size < 8) return
      expect(new Set(orders.map((order) => order.join())).size, 'different orders').toBe(orders.length)
    })

    it('keeps the stored order where there is no seed', async () => {
      const data = await make()
      expect(await read(data, { seed: null, epoch: 3 })).toEqual(await read(data, { seed: null }))
    })

    it('resumes in mid-epoch', async () => {
      const data = await make()
      for (const seed of [5, null]) {
        const all = await read(data, { seed, epoch: 1 })
        for (let position = 0; position <= all.length; position++) {
          const rest = await walk(
            data,
            orderOf(data, { seed, epoch: 1, position }),
            Math.min(limit(data), all.length - position),
          )
          expect(rest).toEqual(all.slice(position))
        }
      }
    })

    it('fills only the fields that are asked for, with finite values and labels in range', async () => {
      const data = await make()
      const batch = batchOf(data)
      for (const [name, field] of Object.entries(data.fields)) {
        const array = hostArray(field.dtype, batch * sizeOf(field.shape))
        const reader = data.read(orderOf(data))
        const count = await reader.next({ [name]: array })
        await reader.close?.()
        const values = numbers(array).slice(0, count * sizeOf(field.shape))
        expect(values.every(Number.isFinite), `"${name}" is finite`).toBe(true)
        const { classes } = field
        if (classes === undefined) continue
        expect(
          values.every((value) => Number.isInteger(value) && value >= 0 && value < classes),
          `"${name}" is below ${classes}`,
        ).toBe(true)
      }
    })
  })
}

const arraysFor = ({ fields }: Dataset, batch: number): Record<string, HostArray> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, { shape, dtype }]) => [name, hostArray(dtype, batch * sizeOf(shape))]),
  )

/** Reads batches to the end, at most `limit`. */
async function walk(data: Dataset, order: Order, limit: number): Promise<Samples[]> {
  const reader = data.read(order)
  const out = arraysFor(data, order.batch)
  const batches: Samples[] = []
  while (batches.length < limit) {
    const count = await reader.next(out)
    if (!Number.isInteger(count) || count < 0 || count > order.batch)
      fail(`next() returned ${count} for a batch of ${order.batch}.`)
    if (count === 0) break
    batches.push(Array.from({ length: count }, (_, i) => sampleOf(data, out, i)))
  }
  await reader.close?.()
  return batches
}

const sampleOf = ({ fields }: Dataset, out: Readonly<Record<string, HostArray>>, i: number): string =>
  Object.entries(fields)
    .map(([name, { shape }]) =>
      bits((out[name] as HostArray).slice(i * sizeOf(shape), (i + 1) * sizeOf(shape))).join(' '),
    )
    .join(' | ')
