import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseIdx } from './idx.ts'
import { idxFile } from './node/fixtures.ts'
import { readIdx } from './node/read-idx.ts'

const good = idxFile(
  [2, 2, 3],
  Array.from({ length: 12 }, (_, i) => i),
)

describe('parseIdx', () => {
  it('reads shape and data, without a copy', () => {
    const { shape, data } = parseIdx(good, 'images')
    expect(shape).toEqual([2, 2, 3])
    expect([...data]).toEqual(Array.from({ length: 12 }, (_, i) => i))
    expect(data.buffer).toBe(good.buffer)
  })

  it.each([
    [
      'cut short',
      good.subarray(0, 20),
      'images is cut short: [2, 2, 3] needs 12 bytes of data, it has 4. Delete it and fetch the data set again.',
    ],
    ['without header', good.subarray(0, 3), 'images is cut short: 3 bytes hold no IDX header.'],
    ['with half a header', good.subarray(0, 9), 'images is cut short: 9 bytes hold no IDX header of 3 dimensions.'],
    ['too long', Uint8Array.of(...good, 1, 2), 'images has 2 bytes too many after its [2, 2, 3] elements.'],
    [
      'of another format',
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0),
      'images is not an IDX file: it begins with 89 50 4e 47 instead of 00 00.',
    ],
    [
      'of floats',
      Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 0),
      'images holds elements of IDX type 13; only unsigned bytes (8) are read.',
    ],
  ])('refuses a file %s', (_, bytes, text) => {
    expect(() => parseIdx(bytes, 'images')).toThrow(
      expect.objectContaining({ code: 'DATASET_CORRUPT', message: expect.stringContaining(text) }),
    )
  })
})

describe('readIdx', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'eos-idx-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('reads plain and gzipped files', async () => {
    for (const [name, bytes] of [
      ['plain', good],
      ['packed.gz', gzipSync(good)],
    ] as const) {
      await writeFile(path.join(folder, name), bytes)
      expect((await readIdx(path.join(folder, name))).shape).toEqual([2, 2, 3])
    }
  })

  it('names a damaged or missing file', async () => {
    const packed = gzipSync(
      idxFile(
        [1000],
        Array.from({ length: 1000 }, (_, i) => (i * i) % 251),
      ),
    )
    const cut = path.join(folder, 'cut.gz')
    await writeFile(cut, packed.subarray(0, packed.length - 200))
    await expect(readIdx(cut)).rejects.toThrow(
      `${cut} is not whole: its gzip data cannot be unpacked. Delete it and fetch the data set again.`,
    )
    const damaged = path.join(folder, 'damaged.gz')
    packed[packed.length >> 1]! ^= 0xff
    await writeFile(damaged, packed)
    await expect(readIdx(damaged)).rejects.toThrow(`${damaged} is not whole`)
    await expect(readIdx(path.join(folder, 'none'))).rejects.toThrow(
      'none cannot be read. Fetch the data set, or correct the path.',
    )
  })
})
