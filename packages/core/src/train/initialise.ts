import { type Shape, sizeOf, type Tensor } from '@eos-sgd/graph'
import type { Backend, DeviceTensor } from '../contracts/backend.ts'
import type { Initializer, Task } from '../contracts/model.ts'
import { fillNormal, fillUniform } from '../random/index.ts'

/** Initial parameters and buffers by stored name, drawn from (seed, name): the same for any algorithm and machine. */
export function initialValues(
  task: Task,
  seed: number,
): Map<string, { readonly shape: Shape; readonly data: Float32Array }> {
  const groups = [
    ['params', task.model.parameters],
    ['buffers', task.model.buffers],
  ] as const
  return new Map(
    groups.flatMap(([kind, specs]) =>
      specs.map(
        ({ name, shape, init }) =>
          [`${kind}/${name}`, { shape, data: draw(init, sizeOf(shape), seed, `${kind}/${name}`) }] as const,
      ),
    ),
  )
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
