import { describe, expect, it } from 'vitest'
import { memoryStore } from './index.ts'

const tensor = (value: number) => ({
  type: { shape: [2], dtype: 'float32' } as const,
  data: new Float32Array(2).fill(value),
})

describe('memoryStore', () => {
  it('holds the newest checkpoint, in copies', async () => {
    const store = memoryStore()
    expect(await store.read()).toBeUndefined()
    const w = tensor(1)
    const manifest = { step: 1, nested: { list: [1, null] } }
    await store.write({ manifest, tensors: { w } })
    w.data.fill(9)
    manifest.nested.list[0] = 9
    const first = await store.read()
    expect(first).toEqual({ manifest: { step: 1, nested: { list: [1, null] } }, tensors: { w: tensor(1) } })
    first!.tensors.w!.data.fill(7 as never)
    expect((await store.read())!.tensors.w!.data).toEqual(tensor(1).data)
    await store.write({ manifest: { step: 2 }, tensors: {} })
    expect(await store.read()).toEqual({ manifest: { step: 2 }, tensors: {} })
  })

  it.each([
    [{ rate: Number.NaN }, 'number NaN at manifest.rate'],
    [{ a: { b: [1, Number.POSITIVE_INFINITY] } }, 'number Infinity at manifest.a.b[1]'],
    [{ a: [undefined] }, 'undefined undefined at manifest.a[0]'],
    [{ a: new Map() }, 'an instance of Map at manifest.a'],
    [{ a: 1n }, 'bigint 1 at manifest.a'],
  ])('refuses host state that is not JSON, by its place, and keeps the previous', async (manifest, message) => {
    const store = memoryStore()
    await store.write({ manifest: { step: 1 }, tensors: {} })
    await expect(store.write({ manifest: manifest as never, tensors: {} })).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_JSON', message: expect.stringContaining(message) }),
    )
    expect(await store.read()).toEqual({ manifest: { step: 1 }, tensors: {} })
  })
})
