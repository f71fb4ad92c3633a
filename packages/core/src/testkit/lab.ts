import { EosError, interpret, type NdArray, ndarray, sizeOf, type Tensor } from '@eos-sgd/graph'
import type { Outputs } from '../contracts/algorithm.ts'
import type { InitContext, StepContext } from '../contracts/context.ts'
import type { Task } from '../contracts/model.ts'
import type { Scalars, State } from '../contracts/state.ts'
import { fillNormal } from '../random/index.ts'
import { leafOf } from '../trace/batch.ts'
import { symbolicPoint, type TracedProgram, traceInit, traceStep } from '../trace/program.ts'
import { cutAtMeans, hasDataMeans, meanOf, type Stage } from '../trace/stages.ts'

/** What one run of a program sends. */
export interface LabInputs {
  readonly scalars?: Scalars
  /** The batch, field by field, in row-major order; zeros where it is left out. */
  readonly batch?: Readonly<Record<string, ArrayLike<number>>>
}

/** Options of {@link laboratory}. */
export interface LabOptions<S> {
  readonly task: Task
  readonly init: (context: InitContext) => S
  /** Samples per batch; 1 by default. */
  readonly batch?: number
  /** Equal pieces that it is worked through in; 1 by default. */
  readonly microBatches?: number
  /** Seed of the random inputs of `init`; 0 by default. */
  readonly seed?: number
  /** Parameters by name; zeros where they are left out. */
  readonly params?: Readonly<Record<string, ArrayLike<number>>>
}

/** Every stored number by path: `params/...` and `state/...`. */
export type LabValues = Readonly<Record<string, readonly number[]>>

/** Parameters and device state of one plugin, on the float64 interpreter. */
export interface Laboratory<S> {
  /** Traces a program once per name, runs it, commits its point and state, and returns its metrics. */
  run(name: string, build: (context: StepContext, state: S) => Outputs<S>, inputs?: LabInputs): Record<string, number>
  values(): LabValues
  /** Goes on from earlier values. Throws `LAB` when a path or a size differs. */
  load(values: LabValues): void
}

/**
 * Runs what a plugin traces, step by step, without a backend and without a training loop: for conformance kits and
 * for tests against plain numbers. Slow, and exact to about 1e-15.
 */
export function laboratory<S extends { readonly [key: string]: State }>(options: LabOptions<S>): Laboratory<S> {
  const { task, batch = 1, microBatches = 1, seed = 0 } = options
  const leaves = {
    params: task.model.parameters.map((s) => leafOf(s)),
    buffers: task.model.buffers.map((s) => leafOf(s)),
  }
  const point = symbolicPoint(leaves)
  const stored = new Map<string, NdArray>()
  for (const [kind, list] of Object.entries(leaves))
    for (const { name, shape } of list) stored.set(`${kind}/${name}`, ndarray(options.params?.[name] ?? 0, shape))

  const cuts = new Map<TracedProgram, readonly Stage[]>()
  const stagesOf = (program: TracedProgram): readonly Stage[] => {
    const cut = microBatches > 1 && hasDataMeans(program)
    const stages: readonly Stage[] =
      cuts.get(program) ?? (cut ? cutAtMeans(program, microBatches) : [{ runs: 'once', graph: program.graph }])
    cuts.set(program, stages)
    return stages
  }

  /** The stages of a program, or the whole of it, on what is stored and sent; sums start at zero. */
  const compute = (program: TracedProgram, inputs: LabInputs): Record<string, NdArray> => {
    const between: Record<string, NdArray> = {}
    for (const { runs, graph } of stagesOf(program)) {
      if (runs === 'each')
        for (const [name, { shape }] of Object.entries(graph.outputs)) between[name] = ndarray(0, shape)
      for (let piece = 0; piece < (runs === 'each' ? microBatches : 1); piece++) {
        const feeds = Object.entries(graph.inputs).map(([name, tensor]) => [
          name,
          between[meanOf(name) ?? name] ?? stored.get(name) ?? sent(name, tensor, inputs, seed, piece),
        ])
        Object.assign(between, interpret(graph, Object.fromEntries(feeds)))
      }
    }
    return between
  }
  const run = (program: TracedProgram, inputs: LabInputs): Record<string, number> => {
    const results = compute(program, inputs)
    const next = new Map<string, NdArray>()
    for (const [path, output] of program.writes) next.set(path, results[output] as NdArray)
    for (const [path, source] of program.shares) next.set(path, stored.get(source) as NdArray)
    for (const [path, value] of next) stored.set(path, value)
    return Object.fromEntries([...program.metrics].map(([name, output]) => [name, results[output]?.data[0] as number]))
  }

  const { state, program: first } = traceInit(options.init, point)
  run(first, {})
  const programs = new Map<string, TracedProgram>()
  return {
    run(name, build, inputs = {}) {
      const program =
        programs.get(name) ?? traceStep(name, build, task, point, state, batch / microBatches, microBatches)
      programs.set(name, program)
      checkShapes(name, program, stored)
      return run(program, inputs)
    },
    values: () => Object.fromEntries([...stored].map(([path, { data }]) => [path, Array.from(data)])),
    load(values) {
      for (const [path, array] of stored) {
        const data = values[path]
        if (data?.length !== array.data.length) throw new EosError('LAB', `The values do not fit "${path}".`)
        stored.set(path, { ...array, data: Float64Array.from(data) })
      }
    },
  }
}

/** A value that the host sends; of a batch, the piece at hand. */
function sent(
  name: string,
  { shape, dtype }: Tensor,
  { scalars = {}, batch = {} }: LabInputs,
  seed: number,
  piece: number,
): NdArray {
  const [kind, key] = [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)]
  if (kind === 'random') {
    const draw = new Float32Array(ndarray(0, shape).data.length)
    fillNormal(draw, seed, name)
    return ndarray(draw, shape, dtype)
  }
  if (kind === 'scalars') return ndarray(scalars[key] ?? 0, shape, dtype)
  const size = sizeOf(shape)
  const field = batch[key]
  return ndarray(field ? Array.from(field).slice(piece * size, (piece + 1) * size) : 0, shape, dtype)
}

/** State keeps its shape; the training loop relies on it. */
function checkShapes(name: string, program: TracedProgram, stored: ReadonlyMap<string, NdArray>): void {
  for (const [path, output] of program.writes) {
    const [before, after] = [stored.get(path)?.shape, program.graph.outputs[output]?.shape]
    if (String(before) !== String(after))
      throw new EosError('LAB', `Program "${name}" changes "${path}" from [${before}] to [${after}].`)
  }
}
