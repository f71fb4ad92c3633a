import { EosError } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { counterRandom } from '../random/index.ts'
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from './index.ts'

const tensors: Record<string, StoredTensor> = {
  flag: { type: { shape: [3], dtype: 'bool' }, data: Uint8Array.of(1, 0, 1) },
  weights: { type: { shape: [2, 3], dtype: 'float32' }, data: Float32Array.of(1, -2.5, 3e-40, -0, 1e38, Number.NaN) },
  step: { type: { shape: [], dtype: 'int64' }, data: BigInt64Array.of(2n ** 62n + 1n) },
  empty: { type: { shape: [0, 4], dtype: 'float64' }, data: new Float64Array(0) },
  'état/名': { type: { shape: [2], dtype: 'int32' }, data: Int32Array.of(-1, 2 ** 31 - 1) },
  __proto: { type: { shape: [1], dtype: 'float64' }, data: Float64Array.of(Math.PI) },
}
const bitsOf = ({ data }: StoredTensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** A file with the given header and that many bytes of data. */
const file = (header: unknown, space = 0): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + space)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}
const f32 = (begin: number, end: number, shape: unknown = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
})

describe('safetensors', () => {
  it('gives back types, bits and metadata', () => {
    const bytes = encodeSafetensors(tensors, { format: 'test' })
    const back = decodeSafetensors(bytes)
    expect(back.metadata).toEqual({ format: 'test' })
    expect(Object.keys(back.tensors).sort()).toEqual(Object.keys(tensors).sort())
    for (const [name, tensor] of Object.entries(tensors)) {
      expect(back.tensors[name]!.type).toEqual(tensor.type)
      expect(back.tensors[name]!.data.constructor).toBe(tensor.data.constructor)
      expect(bitsOf(back.tensors[name]!)).toEqual(bitsOf(tensor))
    }
  })

  it('reads from any alignment, and shares memory where it can', () => {
    const bytes = encodeSafetensors(tensors)
    expect(decodeSafetensors(bytes).tensors.weights!.data.buffer).toBe(bytes.buffer)
    const shifted = new Uint8Array(bytes.length + 1)
    shifted.set(bytes, 1)
    const back = decodeSafetensors(shifted.subarray(1))
    for (const [name, tensor] of Object.entries(tensors)) expect(bitsOf(back.tensors[name]!)).toEqual(bitsOf(tensor))
  })

  it('writes the layout that other tools read', () => {
    const bytes = encodeSafetensors({ a: { type: { shape: [2], dtype: 'float32' }, data: Float32Array.of(1, 2) } })
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect(length % 8).toBe(0)
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trim()).toBe(
      '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
    )
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 128, 63, 0, 0, 0, 64])
    expect(decodeSafetensors(encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} })
  })

  it('keeps names that are special to JavaScript', () => {
    const named = Object.fromEntries(['__proto__', 'constructor', '12', ''].map((name) => [name, tensors.flag!]))
    expect(Object.keys(decodeSafetensors(encodeSafetensors(named)).tensors).sort()).toEqual(Object.keys(named).sort())
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /at least 8 bytes, it has 0/],
    ['a header longer than the file', file('{}').subarray(0, 9), /claims 2 bytes, but only 1 follow/],
    ['a header length of 2^63', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128), /claims 9223372036854775808 bytes, more than/],
    ['a header that is no JSON', file('{"a":'), /not JSON/],
    ['a header that is no UTF-8', file('{"\u0000"}').map((byte) => (byte === 0 ? 0xff : byte)), /./],
    ['a header that is a list', file([]), /not a JSON object/],
    ['an entry that is null', file({ a: null }), /entry of tensor "a"/],
    ['an unknown element type', file({ a: { ...f32(0, 4), dtype: 'F33' } }, 4), /no known element type/],
    ['a negative extent', file({ a: f32(0, 4, [-1]) }, 4), /not a list of extents/],
    ['a fractional extent', file({ a: f32(0, 4, [0.5]) }, 4), /not a list of extents/],
    ['a product of extents past 2^53', file({ a: f32(0, 4, [2 ** 40, 2 ** 40]) }, 4), /needs .* bytes, not 4/],
    ['a shape that disagrees with the offsets', file({ a: f32(0, 4, [2]) }, 4), /needs 8 bytes, not 4/],
    ['offsets past the end', file({ a: f32(0, 8) }, 4), /lies at 0 to 8 of 4 bytes/],
    ['offsets in reverse', file({ a: { ...f32(0, 0), data_offsets: [4, 0] } }, 4), /lies at 4 to 0/],
    ['three offsets', file({ a: { ...f32(0, 4), data_offsets: [0, 4, 8] } }, 4), /two positions/],
    ['a gap', file({ a: f32(0, 4), b: f32(8, 12) }, 12), /"b" begins at byte 8 .* ends at 4/],
    ['an overlap', file({ a: f32(0, 8), b: f32(4, 8) }, 8), /"b" begins at byte 4/],
    ['bytes after the last tensor', file({ a: f32(0, 4) }, 5), /end at byte 4 of 5/],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), /metadata "a" is not text/],
  ])('refuses %s', (_, bytes, message) => {
    const error = caught(() => decodeSafetensors(bytes, 'weights.safetensors'))
    expect(error.code).toBe('CHECKPOINT_CORRUPT')
    expect(error.message).toMatch(message)
    expect(error.message).toContain('weights.safetensors')
    expect(error.hint).toContain('Delete it')
  })

  it('names an element type of other tools', () => {
    const error = caught(() => decodeSafetensors(file({ a: { dtype: 'BF16', shape: [2], data_offsets: [0, 4] } }, 4)))
    expect(error.code).toBe('CHECKPOINT_TYPE')
    expect(error.message).toContain('"a" as BF16')
  })

  it('refuses to write a tensor that is not what it says', () => {
    const type = { shape: [2], dtype: 'float32' } as const
    for (const data of [new Float64Array(2), new Float32Array(3)])
      expect(caught(() => encodeSafetensors({ a: { type, data } })).code).toBe('TENSOR_DATA')
    expect(caught(() => encodeSafetensors({ __metadata__: { type, data: new Float32Array(2) } })).code).toBe(
      'TENSOR_DATA',
    )
  })

  it('reports every truncation', () => {
    const bytes = encodeSafetensors(tensors, { format: 'test' })
    for (let length = 0; length < bytes.length; length++)
      expect(caught(() => decodeSafetensors(bytes.slice(0, length))).code).toBe('CHECKPOINT_CORRUPT')
  })

  it('answers flipped bytes and garbage with an EosError or with well-formed tensors, never with a crash', () => {
    const bytes = encodeSafetensors(tensors, { format: 'test' })
    const random = counterRandom(0, 'fuzz')
    for (let trial = 0; trial < 4_000; trial++) {
      const damaged = trial % 10 === 0 ? new Uint8Array(random.integer(64)) : bytes.slice()
      if (trial % 10 === 0) for (let i = 0; i < damaged.length; i++) damaged[i] = random.integer(256)
      else
        for (let flips = 1 + random.integer(4); flips > 0; flips--)
          damaged[random.integer(damaged.length)] = random.integer(256)
      try {
        for (const { type, data } of Object.values(decodeSafetensors(damaged).tensors))
          if (data.length !== type.shape.reduce((product, extent) => product * extent, 1))
            throw new Error('malformed tensor')
      } catch (error) {
        if (!(error instanceof EosError)) throw error
        expect(['CHECKPOINT_CORRUPT', 'CHECKPOINT_TYPE']).toContain(error.code)
      }
    }
  })
})

function caught(f: () => unknown): EosError {
  try {
    f()
  } catch (error) {
    if (error instanceof EosError) return error
    throw error
  }
  throw new Error('Nothing was thrown.')
}
