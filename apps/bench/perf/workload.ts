import type { Backend, Dataset, Field, Task } from '@eos-sgd/core'
import { directionalDerivative, grad, graph, input, type Leaf, sizeOf, type Tensor, Vector } from '@eos-sgd/graph'
import { arrays } from '@eos-sgd/models'
import type { Contestant } from './interleave.ts'

/** Numbers in [0, 1) that are the same in each run. */
function uniform(): () => number {
  let state = 1
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648
  }
}

/** Random samples for the fields of a task: the time of a step does not depend on what they show. */
export function noise({ fields }: Task, count: number): Dataset {
  const next = uniform()
  const values = ({ shape, dtype, classes = 2 }: Field): Float32Array | BigInt64Array => {
    const length = count * sizeOf(shape)
    return dtype === 'float32'
      ? Float32Array.from({ length }, () => next() - 0.5)
      : BigInt64Array.from({ length }, () => BigInt(Math.floor(next() * classes)))
  }
  const each = <T>(value: (field: Field) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, value(field)]))
  const classes = Object.entries(fields).flatMap(([name, field]) =>
    field.classes === undefined ? [] : [[name, field.classes] as const],
  )
  return arrays(each(values), {
    name: 'noise',
    shapes: each(({ shape }) => shape),
    classes: Object.fromEntries(classes),
  })
}

/** Programs of one task at its batch size: the forward pass, with the gradient, and with a Hessian product too. */
export async function derivatives(task: Task, batch: number, backend: Backend): Promise<readonly Contestant[]> {
  const leaves = task.model.parameters.map(
    (spec): Leaf => ({ name: spec.name, shape: spec.shape, role: spec.role, decay: true, frozen: false }),
  )
  const buffers = task.model.buffers.map(
    (spec): Leaf => ({ name: spec.name, shape: spec.shape, role: spec.role, decay: false, frozen: false }),
  )
  const vector = (stem: string, of: readonly Leaf[]): Vector =>
    new Vector(
      of,
      of.map(({ name, shape }) => input(`${stem}/${name}`, shape)),
    )
  const [params, v] = [vector('params', leaves), vector('v', leaves)]
  const fields = Object.fromEntries(
    Object.entries(task.fields).map(([name, { shape, dtype }]) => [
      name,
      input(`batch/${name}`, [batch, ...shape], dtype),
    ]),
  )
  const forward = task.model.apply({ params, buffers: vector('buffers', buffers) }, fields, 'train')
  const loss = task.loss(forward.output, fields)
  const gradient = grad(loss, params)
  const named = (stem: string, { tensors }: Vector): Record<string, Tensor> =>
    Object.fromEntries(tensors.map((tensor, i) => [`${stem}/${i}`, tensor]))
  const statistics = forward.buffers ? named('buffers after', forward.buffers) : {}
  const product = directionalDerivative(gradient, params, v)
  return Promise.all([
    program('forward', { loss, ...statistics }, task, backend),
    program('gradient', { loss, ...statistics, ...named('g', gradient) }, task, backend),
    program(
      'gradient and product',
      { loss, ...statistics, ...named('g', gradient), ...named('Hv', product) },
      task,
      backend,
    ),
  ])
}

async function program(
  name: string,
  outputs: Readonly<Record<string, Tensor>>,
  task: Task,
  backend: Backend,
): Promise<Contestant> {
  const compiled = await backend.compile(graph(name, outputs))
  const allocate = (types: typeof compiled.inputs) =>
    Object.fromEntries(
      Object.entries(types).map(([key, { shape, dtype }]) => [key, backend.allocate({ shape, dtype })]),
    )
  const [inputs, results] = [allocate(compiled.inputs), allocate(compiled.outputs)]
  const next = uniform()
  for (const [key, tensor] of Object.entries(inputs)) {
    const host = tensor.host as Float32Array | BigInt64Array
    const { classes = 2 } = task.fields[key.replace('batch/', '')] ?? {}
    for (let i = 0; i < host.length; i++)
      if (host instanceof BigInt64Array) host[i] = BigInt(Math.floor(next() * classes))
      else host[i] = key.startsWith('buffers/') ? 1 : 0.2 * (next() - 0.5)
  }
  return {
    name,
    async once() {
      const begin = performance.now()
      await compiled.run(inputs, results)
      return performance.now() - begin
    },
  }
}
