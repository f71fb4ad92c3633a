import { EosError, type Shape } from '@eos-sgd/graph'
import type { Backend, DeviceTensor, Program } from '../contracts/backend.ts'
import type { HostArray } from '../contracts/graph-types.ts'
import type { Scalars } from '../contracts/state.ts'
import type { TracedProgram } from '../trace/program.ts'
import type { Store } from './store.ts'

/** A compiled program with its place between stored values, sent values and metrics. */
export interface Runner {
  /** Sends the scalars, runs, commits the new values to the store and returns the metrics. */
  run(batch: Readonly<Record<string, DeviceTensor>>, scalars: Scalars): Scalars | Promise<Scalars>
  dispose(): void
}

/** Compiles a traced program. Random inputs are not handled here: `extra` holds them, by full name. */
export async function createRunner(
  backend: Backend,
  store: Store,
  traced: TracedProgram,
  extra: Readonly<Record<string, DeviceTensor>> = {},
): Promise<Runner> {
  const { graph, writes, shares, metrics } = traced
  const empty = Object.keys(graph.outputs).length === 0
  const program: Program | undefined = empty ? undefined : await backend.compile(graph)
  const own = new Map<string, DeviceTensor>()
  const scalar = { shape: [] as Shape, dtype: 'float32' as const }
  for (const name of Object.keys(graph.inputs)) if (name.startsWith('scalars/')) own.set(name, backend.allocate(scalar))
  for (const key of metrics.values()) own.set(key, backend.allocate(scalar))

  const inputs: Record<string, DeviceTensor> = {}
  const outputs: Record<string, DeviceTensor> = {}
  const stored = Object.keys(graph.inputs).filter((name) => /^(params|buffers|state|evaluated)\//.test(name))
  const sent = Object.keys(graph.inputs).filter((name) => name.startsWith('batch/'))
  const written = [...new Set(writes.values())]
  const staging = new Float32Array(1)

  const send = (name: string, value: number | undefined): void => {
    if (value === undefined)
      throw new EosError(
        'SCALAR',
        `Program "${graph.name}" needs scalar "${name.slice(8)}", which the driver did not send.`,
      )
    const tensor = own.get(name) as DeviceTensor
    if (tensor.host) tensor.host[0] = value
    else {
      staging[0] = value
      backend.write(tensor, staging)
    }
    inputs[name] = tensor
  }
  const commit = (): Scalars | Promise<Scalars> => {
    const values = new Map<string, DeviceTensor>()
    for (const [path, key] of writes) values.set(path, outputs[key] as DeviceTensor)
    store.update(values, shares)
    return readMetrics()
  }
  const readMetrics = (): Scalars | Promise<Scalars> => {
    const result: Record<string, number> = {}
    let remote = false
    for (const [name, key] of metrics) {
      const { host } = own.get(key) as DeviceTensor
      if (host) result[name] = Number(host[0])
      else remote = true
    }
    if (!remote) return result
    return Promise.all(
      [...metrics].map(
        async ([name, key]) =>
          [name, Number(((await backend.download(own.get(key) as DeviceTensor)) as HostArray)[0])] as const,
      ),
    ).then(Object.fromEntries)
  }

  return {
    run(batch, scalars) {
      if (!program) return commit()
      for (const name of stored) inputs[name] = store.get(name)
      for (const name of sent) inputs[name] = batch[name.slice(6)] as DeviceTensor
      for (const name of Object.keys(extra)) inputs[name] = extra[name] as DeviceTensor
      for (const name of own.keys()) if (name.startsWith('scalars/')) send(name, scalars[name.slice(8)])
      for (const key of written) outputs[key] = store.take(program.outputs[key] as DeviceTensor['type'])
      for (const key of metrics.values()) outputs[key] = own.get(key) as DeviceTensor
      const pending = program.run(inputs, outputs)
      return pending ? pending.then(commit) : commit()
    },
    dispose() {
      program?.dispose()
      for (const tensor of own.values()) tensor.dispose()
    },
  }
}
