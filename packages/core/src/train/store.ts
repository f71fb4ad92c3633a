import { EosError, sameType, sizeOf, type TensorType } from '@eos-sgd/graph'
import type { Backend, DeviceTensor } from '../contracts/backend.ts'
import { hostArray } from './batch-memory.ts'

interface Buffer {
  readonly tensor: DeviceTensor
  /** Names that refer to it; a buffer nobody refers to is free. */
  references: number
}

/**
 * The values of a run on the device: names refer to buffers, and a buffer is never written while a name refers to
 * it. So a program writes into free buffers, and passing a value from one name to another costs nothing: proposing,
 * accepting, remembering and restoring are renamings. After a few steps the free buffers suffice and nothing is
 * allocated any more.
 */
export interface Store {
  readonly names: () => IterableIterator<string>
  has(name: string): boolean
  /** Throws `STORE` when there is no such value. */
  get(name: string): DeviceTensor
  /** A free buffer of that type to write into; it becomes a value by `set`, or free again by `release`. */
  take(type: TensorType): DeviceTensor
  /** A buffer of zeros of that type, to read only; `release` does nothing to it. */
  zeros(type: TensorType): DeviceTensor
  /** Frees a taken buffer that did not become a value. */
  release(tensor: DeviceTensor): void
  /** Renames all at once: `values` are taken buffers, `shares` name stored values as they were before. */
  update(values: ReadonlyMap<string, DeviceTensor>, shares?: ReadonlyMap<string, string>): void
  remove(name: string): void
  dispose(): void
}

export function createStore(backend: Backend): Store {
  const values = new Map<string, Buffer>()
  const buffers = new Map<DeviceTensor, Buffer>()
  const free = new Map<string, Buffer[]>()
  const empty = new Map<string, DeviceTensor>()

  const keyOf = (type: TensorType): string => `${type.dtype}:${type.shape.join()}`
  const letGo = (buffer: Buffer): void => {
    buffer.references--
    if (buffer.references > 0) return
    const key = keyOf(buffer.tensor.type)
    const list = free.get(key)
    if (list) list.push(buffer)
    else free.set(key, [buffer])
  }
  const find = (name: string): Buffer => {
    const buffer = values.get(name)
    if (!buffer) throw new EosError('STORE', `There is no stored value "${name}".`)
    return buffer
  }

  return {
    names: () => values.keys(),
    has: (name) => values.has(name),
    get: (name) => find(name).tensor,
    take({ shape, dtype }) {
      const type = { shape, dtype }
      const buffer = free.get(keyOf(type))?.pop()
      if (buffer) {
        buffer.references = 1
        return buffer.tensor
      }
      const tensor = backend.allocate(type)
      buffers.set(tensor, { tensor, references: 1 })
      return tensor
    },
    zeros({ shape, dtype }) {
      const key = keyOf({ shape, dtype })
      let tensor = empty.get(key)
      if (!tensor) {
        tensor = backend.upload({ shape, dtype }, hostArray(dtype, sizeOf(shape)))
        empty.set(key, tensor)
      }
      return tensor
    },
    release(tensor) {
      const buffer = buffers.get(tensor)
      if (buffer) letGo(buffer)
    },
    update(next, shares) {
      const arriving: [string, Buffer][] = []
      if (shares) for (const [name, source] of shares) arriving.push([name, find(source)])
      for (const [name, tensor] of next) arriving.push([name, buffers.get(tensor) as Buffer])
      for (const [name, buffer] of arriving) {
        const before = values.get(name)
        if (before && !sameType(before.tensor.type, buffer.tensor.type))
          throw new EosError(
            'STATE_TYPE',
            `A program returned "${name}" with another type than it was initialised with.`,
            {
              hint: 'State keeps its shapes and element types from init to end.',
            },
          )
        buffer.references++
      }
      for (const [name, buffer] of arriving) {
        const before = values.get(name)
        values.set(name, buffer)
        if (before) letGo(before)
      }
      // The taken buffers were held by the taker until they had names.
      for (const tensor of new Set(next.values())) letGo(buffers.get(tensor) as Buffer)
    },
    remove(name) {
      const buffer = values.get(name)
      values.delete(name)
      if (buffer) letGo(buffer)
    },
    dispose() {
      for (const { tensor } of buffers.values()) tensor.dispose()
      for (const tensor of empty.values()) tensor.dispose()
      for (const map of [values, buffers, free, empty]) map.clear()
    },
  }
}
