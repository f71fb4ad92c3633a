import { type Shape, sizeOf, type Tensor } from '@eos-sgd/graph'
import type { Backend, DeviceTensor } from '../contracts/backend.ts'
import type { Initializer, Task } from '../contracts/model.ts'
import { fillNormal, fillUniform } from '../random/index.ts'

/** One initial parameter or buffer by its stored name. */
export interface InitialValue {
  readonly name: string
  readonly shape: Shape
  readonly data: Float32Array
}

/** Initial parameters and buffers, drawn one by one from (seed, name): the same for any algorithm and machine. */
export function* initialValues({ model }: Task, seed: number): Generator<InitialValue> {
  for (const [kind, specs] of [['params', model.parameters] as const, ['buffers', model.buffers] as const])
    for (const { name, shape, init } of specs) {
      const stored = `${kind}/${name}`
      yield { name: stored, shape, data: draw(init, sizeOf(shape), seed, stored) }
    }
}

function draw(init: Initializer, size: number, seed: number, stream: string): Float32Array {
  const out = new Float32Array(size)
  switch (init.kind) {
    case 'constant':
      return out.fill(init.value)
    case 'uniform':
      fillUniform(out, init.bound, seed, 'initial', stream)
      return out
    case 'normal':
      fillNormal(out, seed, 'initial', stream)
      return out.map((value) => value * init.deviation)
  }
}

/** Standard normal draws for the `random/<stream>` inputs of the init program. */
export const randomInputs = (
  backend: Backend,
  inputs: Readonly<Record<string, Tensor>>,
  seed: number,
): Record<string, DeviceTensor> =>
  Object.fromEntries(
    Object.entries(inputs)
      .filter(([name]) => name.startsWith('random/'))
      .map(([name, { shape }]) => {
        const data = new Float32Array(sizeOf(shape))
        fillNormal(data, seed, name)
        return [name, backend.upload({ shape, dtype: 'float32' }, data)]
      }),
  )
