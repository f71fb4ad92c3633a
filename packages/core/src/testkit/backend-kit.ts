import { type Graph, type NdArray, ndarray, sizeOf, type TensorType } from '@eos-sgd/graph'
import type { Backend, DeviceTensor, Program } from '../contracts/backend.ts'
import type { TestApi } from './api.ts'
import { toHost } from './arrays.ts'

/** What the parts of the backend kit share. */
export interface BackendKit extends TestApi {
  readonly tolerance: number
  readonly floats: 'declared' | 'float64'
  backend(): Promise<Backend>
}

/** Makes tensors and programs that are disposed of when the test ends. */
export interface Scope {
  readonly backend: Backend
  compile(graph: Graph): Promise<Program>
  allocate(type: TensorType): DeviceTensor
  upload(value: NdArray): DeviceTensor
  uploads(values: Readonly<Record<string, NdArray>>): Record<string, DeviceTensor>
  /** One tensor for each output, filled with a value that no test computes. */
  outputs(program: Program): Record<string, DeviceTensor>
}

/** Runs a test in a scope of its own, and checks that afterwards the counters stand where they stood. */
export async function scoped({ backend, expect }: BackendKit, body: (scope: Scope) => Promise<void>): Promise<void> {
  const owner = await backend()
  const before = { ...owner.memory() }
  const held: { dispose(): void }[] = []
  const hold = <T extends { dispose(): void }>(thing: T): T => {
    held.push(thing)
    return thing
  }
  const upload = (value: NdArray): DeviceTensor => hold(owner.upload(typeOf(value), toHost(value)))
  try {
    await body({
      backend: owner,
      compile: async (graph) => hold(await owner.compile(graph)),
      allocate: (type) => hold(owner.allocate(typeOf(type))),
      upload,
      uploads: (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, upload(value)])),
      outputs: (program) =>
        Object.fromEntries(
          Object.entries(program.outputs).map(([name, { shape, dtype }]) => [
            name,
            upload(ndarray(new Array(sizeOf(shape)).fill(dtype === 'bool' ? 1 : 77), shape, dtype)),
          ]),
        ),
    })
  } finally {
    for (const thing of held) thing.dispose()
  }
  expect({ ...owner.memory() }, 'memory() after everything was disposed of').toEqual(before)
}

export const typeOf = ({ shape, dtype }: TensorType): TensorType => ({ shape, dtype })
