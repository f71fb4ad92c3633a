import { describe, expect, it } from 'vitest'
import type { Backend } from '../contracts/backend.ts'
import { numbers } from './arrays.ts'
import { testBackend } from './backend.ts'
import { failures } from './recorder.fixture.ts'
import { referenceBackend } from './reference-backend.ts'

const options = { floats: 'float64', tolerance: 1e-12 } as const

testBackend({ describe, it, expect }, referenceBackend, options)

describe('testBackend', () => {
  const broken = (change: (sound: Backend) => Partial<Backend>) => (): Backend => {
    const sound = referenceBackend()
    return { ...sound, ...change(sound) }
  }
  it.each<[string, (sound: Backend) => Partial<Backend>, string]>([
    [
      'wrong numbers',
      ({ download }) => ({
        download: async (tensor) => Float64Array.from(numbers(await download(tensor)), (x) => x * 1.001),
      }),
      'MLP forward',
    ],
    ['a copy that does not copy', () => ({ copy: () => undefined }), 'copies from one tensor'],
    [
      'a download that is the memory itself',
      () => ({ download: async ({ host }) => host! }),
      'writes over what was there',
    ],
    [
      'a leak of programs',
      ({ memory }) => ({ memory: () => ({ ...memory(), programs: 1 }) }),
      'ends with nothing held',
    ],
    [
      'an unchecked write',
      () => ({ write: ({ host }, data) => host!.set(data.subarray(0, host!.length) as never) }),
      'refuses data',
    ],
    [
      'an operator that is refused by name only',
      ({ capabilities }) => ({ capabilities: { ...capabilities, unsupported: ['Erf'] } }),
      'erf',
    ],
    [
      'a program that allocates',
      ({ compile, allocate }) => ({
        compile: async (graph) => {
          const program = await compile(graph)
          const run: typeof program.run = (inputs, outputs) => {
            allocate({ shape: [], dtype: 'float32' })
            return program.run(inputs, outputs)
          }
          return { ...program, run }
        },
      }),
      'allocates nothing',
    ],
  ])('finds %s', async (_, change, law) => {
    const failed = Object.keys(await failures((api) => testBackend(api, broken(change), options)))
    expect(
      failed.some((name) => name.includes(law)),
      `failed: ${failed.join('; ')}`,
    ).toBe(true)
  })
})
