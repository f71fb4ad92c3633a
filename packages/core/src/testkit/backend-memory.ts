import { type DType, sizeOf, type TensorType } from '@eos-sgd/graph'
import { hostArray } from '../train/batch-memory.ts'
import { refusal } from './api.ts'
import { bits, counting, numbers, toHost } from './arrays.ts'
import { type BackendKit, scoped, typeOf } from './backend-kit.ts'

const width: Readonly<Record<DType, number>> = { float32: 4, float64: 8, int64: 8, int32: 4, bool: 1 }
const pair: TensorType = { shape: [2, 3], dtype: 'float32' }

/** Laws of allocate, upload, write, copy, download, dispose and memory. */
export function testBackendMemory(kit: BackendKit): void {
  const { it, expect, floats } = kit

  it('gives back what was uploaded, in the array class of its type', () =>
    scoped(kit, async ({ backend, upload }) => {
      for (const dtype of backend.capabilities.dtypes)
        for (const shape of [[], [1], [2, 3], [1, 5, 2]]) {
          const value = counting({ shape, dtype })
          const tensor = upload(value)
          expect(typeOf(tensor.type)).toEqual({ shape, dtype })
          const data = await backend.download(tensor)
          expect(numbers(data)).toEqual([...value.data])
          if (floats === 'float64' && dtype === 'float32') continue
          expect(data.constructor).toBe(hostArray(dtype, 0).constructor)
          expect(tensor.bytes).toBe(width[dtype] * sizeOf(shape))
        }
    }))

  it('keeps every bit of a float', () =>
    scoped(kit, async ({ backend, allocate }) => {
      const special = Float32Array.of(-0, 1e-42, Number.POSITIVE_INFINITY, Number.NaN, 0.1, -3.4e38)
      const tensor = allocate({ shape: [6], dtype: 'float32' })
      backend.write(tensor, special)
      expect(bits(Float32Array.from(numbers(await backend.download(tensor))))).toEqual(bits(special))
    }))

  it("writes over what was there, from the caller's array and not into it", () =>
    scoped(kit, async ({ backend, upload }) => {
      const tensor = upload(counting(pair))
      const data = Float32Array.of(9, 8, 7, 6, 5, 4)
      backend.write(tensor, data)
      data.fill(0)
      expect(numbers(await backend.download(tensor))).toEqual([9, 8, 7, 6, 5, 4])
      const downloaded = await backend.download(tensor)
      downloaded[0] = 1 as never
      expect(numbers(await backend.download(tensor))).toEqual([9, 8, 7, 6, 5, 4])
    }))

  it('copies from one tensor to another, which are independent afterwards', () =>
    scoped(kit, async ({ backend, upload, allocate }) => {
      const [from, to] = [upload(counting(pair)), allocate(pair)]
      backend.copy(from, to)
      backend.write(from, new Float32Array(6))
      expect(numbers(await backend.download(to))).toEqual([1, 2, 3, 4, 5, 6])
      expect(numbers(await backend.download(from))).toEqual([0, 0, 0, 0, 0, 0])
    }))

  it('shows host memory exactly where it says that tensors live there', () =>
    scoped(kit, async ({ backend, upload }) => {
      const tensor = upload(counting(pair))
      expect(tensor.host !== undefined).toBe(backend.capabilities.residency === 'host')
      if (!tensor.host) return
      tensor.host[1] = 42
      expect(numbers(await backend.download(tensor))).toEqual([1, 42, 3, 4, 5, 6])
    }))

  it('refuses data that does not fit the tensor', () =>
    scoped(kit, async ({ backend, allocate }) => {
      const tensor = allocate(pair)
      await refusal(() => backend.write(tensor, new Float32Array(5)))
      await refusal(() => backend.write(tensor, new Float32Array(7)))
      await refusal(() => backend.write(tensor, new Int32Array(6)))
      await refusal(() => backend.upload(pair, new Float32Array(5)))
      await refusal(() => backend.copy(tensor, allocate({ shape: [3, 2], dtype: 'float32' })))
      await refusal(() => backend.copy(tensor, allocate({ shape: [2, 3], dtype: 'int32' })))
    }))

  it('counts tensors and bytes, and gives them back once', () =>
    scoped(kit, async ({ backend }) => {
      const before = { ...backend.memory() }
      const tensor = backend.upload(pair, toHost(counting(pair)))
      expect(backend.memory()).toEqual({ ...before, tensors: before.tensors + 1, bytes: before.bytes + tensor.bytes })
      tensor.dispose()
      tensor.dispose()
      expect(backend.memory()).toEqual(before)
    }))

  it('refuses a tensor that was disposed of', () =>
    scoped(kit, async ({ backend, allocate }) => {
      const [gone, kept] = [backend.allocate(pair), allocate(pair)]
      gone.dispose()
      await refusal(() => backend.write(gone, new Float32Array(6)))
      await refusal(() => backend.copy(gone, kept))
      await refusal(() => backend.copy(kept, gone))
      await refusal(() => backend.download(gone))
    }))
}
