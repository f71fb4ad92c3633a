import { EosError, type Shape } from '@eos-sgd/graph'
import type { Backend, DeviceTensor, Program } from '../contracts/backend.ts'
import type { HostArray } from '../contracts/graph-types.ts'
import type { Scalars } from '../contracts/state.ts'
import type { TracedProgram } from '../trace/program.ts'
import { cutAtMeans, hasDataMeans, meanOf, type Stage } from '../trace/stages.ts'
import type { Store } from './store.ts'

/** The tensors of a batch, one record for each micro-batch. */
export type Pieces = readonly Readonly<Record<string, DeviceTensor>>[]

/** A compiled program with its place between stored values, sent values and metrics. */
export interface Runner {
  /** Sends the scalars, runs, commits the new values to the store and returns the metrics. */
  run(pieces: Pieces, scalars: Scalars): Scalars | Promise<Scalars>
  dispose(): void
}

/** Options of {@link createRunner}. */
export interface RunnerOptions {
  /** Pieces that a batch comes in; 1 by default. */
  readonly microBatches?: number
  /** Random inputs, by full name. */
  readonly random?: Readonly<Record<string, DeviceTensor>>
}

/** One compiled stage of a step: the whole of it, unless there are micro-batches. */
interface Part extends Stage {
  readonly program: Program
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

const scalar = { shape: [] as Shape, dtype: 'float32' as const }

/** Compiles a traced program; for several micro-batches, the stages that it is cut into. */
export async function createRunner(
  backend: Backend,
  store: Store,
  traced: TracedProgram,
  { microBatches = 1, random = {} }: RunnerOptions = {},
): Promise<Runner> {
  const { graph, writes, shares, metrics } = traced
  const empty = Object.keys(graph.outputs).length === 0
  const cut = microBatches > 1 && hasDataMeans(traced)
  const stages: readonly Stage[] = empty ? [] : cut ? cutAtMeans(traced, microBatches) : [{ runs: 'once', graph }]
  const parts: Part[] = []
  for (const stage of stages) {
    const program = await backend.compile(stage.graph)
    parts.push({ ...stage, program, inputs: Object.keys(program.inputs), outputs: Object.keys(program.outputs) })
  }
  const own = new Map<string, DeviceTensor>()
  for (const { inputs } of parts)
    for (const name of inputs)
      if (name.startsWith('scalars/') && !own.has(name)) own.set(name, backend.allocate(scalar))
  for (const key of metrics.values()) own.set(key, backend.allocate(scalar))
  const sent = [...own.keys()].filter((name) => name.startsWith('scalars/'))

  /** Every run of a program, in order: part and micro-batch. */
  const calls = parts.flatMap((part) =>
    Array.from({ length: part.runs === 'each' ? microBatches : 1 }, (_, piece) => ({
      part,
      piece,
      bound: {},
      results: {},
    })),
  ) as {
    readonly part: Part
    readonly piece: number
    readonly bound: Record<string, DeviceTensor>
    readonly results: Record<string, DeviceTensor>
  }[]
  /** Values between the stages of one run: sums, and what is carried. */
  const between = new Map<string, DeviceTensor>()
  const staging = new Float32Array(1)

  const send = (scalars: Scalars): void => {
    for (const name of sent) {
      const value = scalars[name.slice(8)]
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
    }
  }
  const find = (name: string, piece: number, pieces: Pieces): DeviceTensor => {
    if (name.startsWith('batch/')) return pieces[piece]?.[name.slice(6)] as DeviceTensor
    return own.get(name) ?? between.get(meanOf(name) ?? name) ?? random[name] ?? store.get(name)
  }
  /** Runs the calls from `index` on; synchronous as long as the programs are. */
  const advance = (index: number, pieces: Pieces): Scalars | Promise<Scalars> => {
    for (let i = index; i < calls.length; i++) {
      const { part, piece, bound, results } = calls[i] as (typeof calls)[number]
      const { program, inputs, outputs, runs } = part
      const types = program.outputs
      if (runs === 'each' && piece === 0)
        for (const name of outputs) between.set(name, store.zeros(types[name] as DeviceTensor['type']))
      for (const name of inputs) bound[name] = find(name, piece, pieces)
      for (const name of outputs) results[name] = own.get(name) ?? store.take(types[name] as DeviceTensor['type'])
      const settle = (): void => {
        for (const name of outputs) {
          if (own.has(name) || name.startsWith('next/')) continue
          const before = between.get(name)
          if (before) store.release(before)
          between.set(name, results[name] as DeviceTensor)
        }
      }
      const pending = program.run(bound, results)
      if (pending)
        return pending.then(() => {
          settle()
          return advance(i + 1, pieces)
        })
      settle()
    }
    return commit()
  }
  const commit = (): Scalars | Promise<Scalars> => {
    for (const tensor of between.values()) store.release(tensor)
    between.clear()
    const results = calls.at(-1)?.results ?? {}
    const values = new Map<string, DeviceTensor>()
    for (const [path, key] of writes) values.set(path, results[key] as DeviceTensor)
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
    run(pieces, scalars) {
      send(scalars)
      return advance(0, pieces)
    },
    dispose() {
      for (const { program } of parts) program.dispose()
      for (const tensor of own.values()) tensor.dispose()
    },
  }
}
