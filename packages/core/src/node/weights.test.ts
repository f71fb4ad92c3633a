import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors } from '../checkpoint/index.ts'
import { loadWeights, saveWeights, writeFileAtomically } from '../node.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'eos-weights-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describe('weights', () => {
  const weights = {
    'layer1/weight': { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
    'layer1/bias': { shape: [2], data: Float32Array.of(-0.5, 0.1) },
  }

  it('go to a safetensors file and back', async () => {
    const path = join(dir, 'deep', 'model.safetensors')
    await saveWeights(path, weights, { model: 'mlp' })
    expect(await loadWeights(path)).toEqual(weights)
    expect(decodeSafetensors(await readFile(path)).metadata).toEqual({ model: 'mlp' })
    expect(await readdir(join(dir, 'deep'))).toEqual(['model.safetensors'])
  })

  it('are refused from a missing, damaged or foreign file', async () => {
    await expect(loadWeights(join(dir, 'none'))).rejects.toThrow(expect.objectContaining({ code: 'FILE_READ' }))
    const path = join(dir, 'bad.safetensors')
    await writeFile(path, 'not weights')
    await expect(loadWeights(path)).rejects.toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining('bad.safetensors') }),
    )
    await writeFile(path, encodeSafetensors({ n: { type: { shape: [1], dtype: 'int32' }, data: new Int32Array(1) } }))
    await expect(loadWeights(path)).rejects.toThrow(expect.objectContaining({ code: 'CHECKPOINT_TYPE' }))
  })
})

describe('writeFileAtomically', () => {
  it('replaces a file with text, bytes or pieces', async () => {
    const path = join(dir, 'file')
    for (const content of [
      'first ü',
      new TextEncoder().encode('first ü'),
      [new TextEncoder().encode('first '), new TextEncoder().encode('ü')],
    ]) {
      await writeFileAtomically(path, content)
      expect(await readFile(path, 'utf8')).toBe('first ü')
    }
  })

  it('keeps the old file when the content breaks off, and leaves nothing behind', async () => {
    const folder = await mkdtemp(join(dir, 'broken-'))
    const path = join(folder, 'file')
    await writeFileAtomically(path, 'old')
    const breaking = function* (): Generator<Uint8Array> {
      yield new Uint8Array(10)
      throw new Error('no more')
    }
    await expect(writeFileAtomically(path, breaking())).rejects.toThrow(expect.objectContaining({ code: 'FILE_WRITE' }))
    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('names the path that cannot be written', async () => {
    await expect(writeFileAtomically(dir, 'x')).rejects.toThrow(
      expect.objectContaining({ code: 'FILE_WRITE', message: expect.stringContaining(dir) }),
    )
  })
})
