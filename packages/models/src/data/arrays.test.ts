import { type TestApi, testDataset } from '@eos-sgd/core/testkit'
import { describe, expect, it } from 'vitest'
import { arrays } from './arrays.ts'
import { batchArrays, batchesOf, valuesOf } from './fixtures.ts'
import { stream } from './stream.ts'
import { subset } from './subset.ts'
import { decoded } from './table.ts'
import { toDataset } from './to-dataset.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

const kit: TestApi = { describe, it, expect }
const mixed = () =>
  arrays({
    x: Float32Array.from({ length: 120 }, (_, i) => i),
    image: Uint8Array.from({ length: 60 }, (_, i) => 4 * i),
    label: numbers(20).map((i) => i % 4),
  })
testDataset(kit, mixed)
testDataset(kit, () =>
  decoded(
    subset(
      mixed(),
      numbers(13).map((i) => 19 - i),
    ),
  ),
)
testDataset(
  kit,
  () => stream(() => numbers(11).map((i) => ({ x: [i, -i] })), { x: { shape: [2], dtype: 'float32' } }, { size: 11 }),
  { unshuffled: true },
)

describe('arrays', () => {
  it('reads lists, with shapes and classes from what they hold', async () => {
    const data = arrays({
      x: [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
        ],
        [
          [9, 10],
          [11, 12],
        ],
      ],
      label: [2, 0, 1],
    })
    expect(data.size).toBe(3)
    expect(data.fields).toEqual({
      x: { shape: [2, 2], dtype: 'float32' },
      label: { shape: [], dtype: 'int64', classes: 3 },
    })
    expect(await batchesOf(data, { batch: 2 })).toEqual([
      { x: [1, 2, 3, 4, 5, 6, 7, 8], label: [2, 0] },
      { x: [9, 10, 11, 12], label: [1] },
    ])
  })

  it('references typed arrays of every kind and converts while it fills a batch', async () => {
    const x = Float32Array.from(numbers(8))
    const data = arrays(
      {
        x,
        wide: new Float64Array(64).fill(0.5),
        image: Uint8Array.of(0, 255, 51, 102),
        id: BigInt64Array.of(-5n, 1n, 2n, 3n),
        token: Int32Array.of(7, 8, -9, 6),
        label: Uint8Array.of(0, 1, 2, 3),
      },
      { classes: 5, bytes: { image: (byte) => byte / 255 }, shapes: { x: [1, 2] } },
    )
    x[6] = 60
    expect(data.fields).toMatchObject({
      x: { shape: [1, 2] },
      wide: { shape: [16], dtype: 'float32' },
      id: { dtype: 'int64' },
      token: { dtype: 'int32' },
      label: { classes: 5, dtype: 'int64' },
    })
    const [batch] = await batchesOf(data, { batch: 4, seed: 3 })
    const order = batch!['label']!
    expect([...order].sort()).toEqual([0, 1, 2, 3])
    expect(batch!['x']).toEqual(order.flatMap((i) => [i === 3 ? 60 : 2 * i, 2 * i + 1]))
    expect(batch!['image']).toEqual(order.map((i) => Math.fround([0, 1, 0.2, 0.4][i]!)))
    expect(batch!['id']).toEqual(order.map((i) => [-5, 1, 2, 3][i]))
    expect(batch!['token']).toEqual(order.map((i) => [7, 8, -9, 6][i]))
    expect(batch!['wide']).toEqual(new Array(64).fill(0.5))
  })

  it('fills only the arrays of the batch, nothing behind the last sample', () => {
    const data = arrays({ x: numbers(5), label: [0, 1, 0, 1, 0] })
    const out = { x: new Float32Array(4).fill(-1) }
    const reader = data.read({ batch: 4, seed: null, epoch: 0, position: 1 })
    expect(reader.next(out)).toBe(1)
    expect([...out.x]).toEqual([4, -1, -1, -1])
    expect(reader.next(out)).toBe(0)
    expect(data.read({ batch: 4, seed: null, epoch: 0, position: 9 }).next(out)).toBe(0)
  })

  it('shuffles by (seed, epoch): a permutation, the same again, another for another', async () => {
    const data = arrays({ x: numbers(100), label: new Array(100).fill(0) })
    const first = await valuesOf(data, 'x', { seed: 1 })
    expect([...first].sort((a, b) => a - b)).toEqual(numbers(100))
    expect(await valuesOf(data, 'x', { seed: 1, batch: 13 })).toEqual(first)
    expect(await valuesOf(data, 'x', { seed: 1, epoch: 1 })).not.toEqual(first)
    expect(await valuesOf(data, 'x', { seed: 2 })).not.toEqual(first)
    expect(await valuesOf(data, 'x')).toEqual(numbers(100))
    expect(first.slice(0, 5)).toMatchInlineSnapshot(`
      [
        76,
        53,
        50,
        66,
        11,
      ]
    `)
  })

  it('resumes in mid-epoch with the batch that comes next', async () => {
    const data = arrays({ x: numbers(50), label: new Array(50).fill(0) })
    const whole = await batchesOf(data, { batch: 8, seed: 5, epoch: 2 })
    expect(await batchesOf(data, { batch: 8, seed: 5, epoch: 2, position: 4 })).toEqual(whole.slice(4))
  })

  it('allocates nothing of the size of a batch per batch', () => {
    const data = arrays({ x: new Float32Array(1000 * 784), label: new Int32Array(1000) })
    const out = batchArrays(data, 100)
    const walk = (): void => {
      for (let epoch = 0; epoch < 20; epoch++) {
        const reader = data.read({ batch: 100, seed: 0, epoch, position: 0 })
        while ((reader.next(out) as number) > 0);
      }
    }
    walk()
    const before = process.memoryUsage().arrayBuffers
    walk()
    // 200 batches of 300 kB; 20 orders of 4 kB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })
})

describe('toDataset', () => {
  it('passes data sets and makes one of arrays', () => {
    const data = toDataset({ x: [1, 2], y: [3, 4] }, { name: 'mine' })
    expect(data.name).toBe('mine')
    expect(toDataset(data)).toBe(data)
  })
})

describe('bad arrays', () => {
  const refused = (source: unknown, options?: Parameters<typeof arrays>[1]): { code: string; message: string } => {
    try {
      arrays(source as Parameters<typeof arrays>[0], options)
    } catch (error) {
      return error as { code: string; message: string }
    }
    throw new Error('was not refused')
  }

  it.each([
    [{}, {}, 'DATA_EMPTY', 'Data set "arrays" has no fields. Give { x, label }.'],
    [{ x: [], label: [] }, {}, 'DATA_EMPTY', 'Data set "arrays" has no samples.'],
    [
      { x: [1, 2, 3], label: [0, 1] },
      {},
      'DATA_SIZE',
      '"x" has 3 samples, "label" 2. Every field needs the same number of samples.',
    ],
    [
      { x: new Float32Array(7), label: [0, 1] },
      {},
      'DATA_SIZE',
      '"x" holds 7 numbers, which 2 samples do not share evenly.',
    ],
    [
      { x: new Float32Array(7), label: [0, 1] },
      { shapes: { x: [3] } },
      'DATA_SIZE',
      'The numbers of "x" are not whole samples of shape [3]',
    ],
    [
      { x: [[1, 2], [3]], label: [0, 1] },
      {},
      'DATA_SHAPE',
      'Sample 1 of "x" has 1 entries where the first has 2. Every sample must have the shape of the first, [2].',
    ],
    [{ x: [[1], ['2']], label: [0, 1] }, {}, 'DATA_SHAPE', 'Sample 1 of "x" holds string where a number belongs.'],
    [{ x: 'text', label: [0] }, {}, 'DATA_TYPE', '"x" is neither a typed array nor a list.'],
    [{ x: new Uint16Array(2), label: [0, 1] }, {}, 'DATA_TYPE', '"x" is a Uint16Array. Give Float32Array'],
    [
      {
        x: [
          [1, 2],
          [3, Number.NaN],
        ],
        label: [0, 1],
      },
      {},
      'DATA_VALUE',
      'Sample 1 of "x", element 1, is NaN. Remove or replace such values before training.',
    ],
    [
      { x: Float32Array.of(1, Number.POSITIVE_INFINITY), label: [0, 1] },
      {},
      'DATA_VALUE',
      'Sample 1 of "x" is Infinity.',
    ],
    [{ x: [1, 1e300], label: [0, 1] }, {}, 'DATA_VALUE', 'Sample 1 of "x" is 1e+300, too large for float32.'],
    [
      { x: [1, 2], label: [0, 3] },
      { classes: 3 },
      'DATA_LABEL',
      'Sample 1 of "label" is the label 3; labels are whole numbers from 0 to 2. Labels count from 0',
    ],
    [
      { x: [1, 2], label: [0, -1] },
      {},
      'DATA_LABEL',
      'Sample 1 of "label" is the label -1; labels are whole numbers from 0 upwards.',
    ],
    [{ x: [1, 2], label: Float32Array.of(0.5, 1) }, {}, 'DATA_LABEL', 'Sample 0 of "label" is the label 0.5;'],
    [
      { x: [1, 2], label: [0, 1] },
      { shapes: { z: [1] } },
      'DATA_FIELD',
      'Option shapes names a field "z" that data set "arrays" does not have. It has x, label.',
    ],
  ])('%#: says what is wrong, where, and what to do', (source, options, code, text) => {
    const error = refused(source, options)
    expect(error.code).toBe(code)
    expect(error.message).toContain(text)
  })
})
