import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { valuesOf } from '../data/fixtures.ts'
import { fashionMnistMlp } from '../workloads/fashion-mnist-mlp.ts'
import { fashionMnistResnet8 } from '../workloads/fashion-mnist-resnet8.ts'
import { findWorkload, workloads } from '../workloads/workloads.ts'
import { fashionMnist } from './fashion-mnist.ts'
import { idxFile } from './fixtures.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'eos-fashion-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** `count` images of one colour each, and as many labels. */
async function write(part: string, count: number, labels = count): Promise<void> {
  const pixels = Uint8Array.from({ length: count * 784 }, (_, i) => Math.floor(i / 784))
  await writeFile(path.join(folder, `${part}-images-idx3-ubyte`), idxFile([count, 28, 28], pixels))
  const classes = Array.from({ length: labels }, (_, i) => i % 10)
  await writeFile(path.join(folder, `${part}-labels-idx1-ubyte.gz`), gzipSync(idxFile([labels], classes)))
}

describe('fashionMnist', () => {
  it('reads, normalises and splits, one in twelve held out', async () => {
    await write('train', 240)
    await write('t10k', 20)
    const { train, validation, test } = await fashionMnist(folder)
    expect([train.size, validation.size, test.size]).toEqual([220, 20, 20])
    expect(train.fields).toEqual(fashionMnistMlp.task.fields)
    const [pixels, labels] = [await valuesOf(test, 'x'), await valuesOf(test, 'label')]
    expect(pixels[784 * 7]).toBe(Math.fround((7 / 255 - 0.286) / 0.353))
    expect(labels).toEqual(Array.from({ length: 20 }, (_, i) => i % 10))
    const bytes = await fashionMnist(folder, { memory: 'bytes' })
    for (const field of ['x', 'label'])
      expect(await valuesOf(train, field, { seed: 3 })).toEqual(await valuesOf(bytes.train, field, { seed: 3 }))
    const held = await valuesOf(validation, 'label')
    for (let label = 0; label < 10; label++) expect(held.filter((found) => found === label)).toHaveLength(2)
  })

  it('gives the residual network half of the held-out images, all classes alike', async () => {
    await write('train', 480)
    await write('t10k', 20)
    const { train, validation, test } = await fashionMnistResnet8.load({ folder })
    expect([train.size, validation.size, test.size]).toEqual([440, 20, 20])
    const held = await valuesOf(validation, 'label')
    for (let label = 0; label < 10; label++) expect(held.filter((found) => found === label)).toHaveLength(2)
  })

  it('says what is missing or does not fit', async () => {
    await expect(fashionMnist(folder)).rejects.toThrow(
      `Fashion-MNIST is not there: ${folder} has no train-images-idx3-ubyte. Fetch it with \`eos data fetch fashion-mnist\``,
    )
    await write('train', 24)
    await write('t10k', 20, 19)
    await expect(fashionMnist(folder)).rejects.toThrow('20 images but 19 labels in part "t10k"')
  })
})

describe('workloads', () => {
  it('are found by name and agree with themselves', () => {
    const names = ['diabetes/mlp', 'digits/mlp', 'fashion-mnist/mlp', 'fashion-mnist/resnet8', 'text/gpt-tiny']
    expect(workloads.map(({ name }) => name)).toEqual(names)
    for (const workload of workloads) {
      expect(findWorkload(workload.name)).toBe(workload)
      expect(workload.task.name).toBe(workload.name)
    }
    expect(() => findWorkload('mnist')).toThrow(`There is no workload "mnist". There are: ${names.join(', ')}.`)
  })
})
