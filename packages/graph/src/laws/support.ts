import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { expect } from 'vitest'
import { type NdArray, ndarray } from '../array.ts'
import type { Graph } from '../graph.ts'
import type { DType, TensorType } from '../type.ts'
import { sizeOf } from '../type.ts'

export type Random = () => number

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** What the elements of a fed array look like: `spaced` ones keep 0.1 away from zero and from each other. */
export type Domain = 'any' | 'positive' | 'spaced' | 'ties'

/** Random values of a type; float values are exact in float32, so that both engines see the same numbers. */
export function randomArray(random: Random, { shape, dtype }: TensorType, domain: Domain = 'any', offset = 0): NdArray {
  const size = sizeOf(shape)
  if (dtype === 'bool')
    return ndarray(
      Array.from({ length: size }, () => Number(random() < 0.5)),
      shape,
      dtype,
    )
  if (dtype === 'int64' || dtype === 'int32')
    return ndarray(
      Array.from({ length: size }, () => Math.floor(random() * 7) - 3),
      shape,
      dtype,
    )
  const order = Array.from({ length: size }, (_, i) => ({ i, key: random() })).sort((a, b) => a.key - b.key)
  const draw = (i: number): number => {
    if (domain === 'positive') return 0.3 + 1.7 * random()
    if (domain === 'ties') return Math.floor(random() * 3) - 1
    if (domain === 'spaced')
      return 0.2 * ((order[i] as { i: number }).i - Math.floor(size / 2)) + 0.11 + 0.02 * random() + offset
    return 2 * random() - 1
  }
  return ndarray(
    Array.from({ length: size }, (_, i) => Math.fround(draw(i))),
    shape,
    dtype,
  )
}

export type Values = Readonly<Record<string, NdArray>>

/** Random feeds for every input of a graph. */
export const randomFeeds = (random: Random, { inputs }: Graph, domain: Domain = 'any'): Record<string, NdArray> =>
  Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, randomArray(random, x, domain)]))

/** Fails unless names, types and elements agree, relative to the largest element (or 1). */
export function expectSame(actual: Values, expected: Values, tolerance: number): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort())
  for (const [name, value] of Object.entries(expected)) {
    const other = actual[name] as NdArray
    expect({ name, shape: other.shape, dtype: other.dtype }).toEqual({ name, shape: value.shape, dtype: value.dtype })
    const error = distance(other.data, value.data)
    if (!(error <= tolerance))
      expect.fail(`${name}: differs by ${error}: [${other.data.slice(0, 12)}] and [${value.data.slice(0, 12)}]`)
  }
}

/** Largest difference relative to the largest element or 1; equal infinities and NaNs count as equal. */
export function distance(a: Float64Array, b: Float64Array): number {
  const scale = b.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 1)
  return a.reduce(
    (most, x, i) => (Object.is(x, b[i]) ? most : Math.max(most, Math.abs(x - (b[i] as number)) / scale)),
    0,
  )
}

const ortArrays = {
  float32: (data: Float64Array) => Float32Array.from(data),
  float64: (data: Float64Array) => data,
  int32: (data: Float64Array) => Int32Array.from(data),
  int64: (data: Float64Array) => BigInt64Array.from(Array.from(data, BigInt)),
  bool: (data: Float64Array) => Uint8Array.from(data),
} as const
const ortTypes: Readonly<Record<string, DType>> = {
  float64: 'float64',
  float32: 'float32',
  int32: 'int32',
  int64: 'int64',
  bool: 'bool',
}

/** Runs an `.onnx` file in ONNX Runtime on the CPU, without its graph optimisations unless asked for. */
export async function runOnnx(bytes: Uint8Array, feeds: Values, optimize = false): Promise<Record<string, NdArray>> {
  const session = await InferenceSession.create(bytes, {
    graphOptimizationLevel: optimize ? 'all' : 'disabled',
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  const used = Object.entries(feeds).filter(([name]) => session.inputNames.includes(name))
  const results = await session.run(
    Object.fromEntries(
      used.map(([name, { dtype, data, shape }]) => {
        const type = dtype === 'float64' ? 'float64' : dtype
        return [name, new OrtTensor(type as 'float32', ortArrays[dtype](data) as Float32Array, [...shape])]
      }),
    ),
  )
  const out = session.outputNames.map((name) => {
    const { data, dims, type } = results[name] as OrtTensor
    return [
      name,
      ndarray(Array.from(data as ArrayLike<number | bigint>, Number), dims, ortTypes[type] as DType),
    ] as const
  })
  await session.release()
  return Object.fromEntries(out)
}
