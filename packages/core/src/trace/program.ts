import { type Graph, graph, input, inputName, type Leaf, type Tensor, Vector } from '@eos-sgd/graph'
import type { Outputs } from '../contracts/algorithm.ts'
import type { InitContext, StepContext } from '../contracts/context.ts'
import type { Fields, Task } from '../contracts/model.ts'
import type { Point, State, Tensors } from '../contracts/state.ts'
import { batchContext } from './batch.ts'
import { flattenPoint, flattenState, mapState } from './flatten.ts'

/**
 * A traced program and how its inputs and outputs meet the values on the device. Input names tell where they come
 * from: `params/`, `buffers/` and `state/` are stored values, `scalars/` and `batch/` are sent, `random/` is drawn.
 */
export interface TracedProgram {
  readonly graph: Graph
  /** Stored value to the graph output that replaces it. */
  readonly writes: ReadonlyMap<string, string>
  /** Stored value to the stored value that replaces it: shared, not copied. */
  readonly shares: ReadonlyMap<string, string>
  /** Metric to the graph output that holds it. */
  readonly metrics: ReadonlyMap<string, string>
}

/** Symbolic parameters and buffers of a task, as program inputs. */
export const symbolicPoint = (leaves: {
  readonly params: readonly Leaf[]
  readonly buffers: readonly Leaf[]
}): Point => ({
  params: new Vector(
    leaves.params,
    leaves.params.map((leaf) => input(`params/${leaf.name}`, leaf.shape)),
  ),
  buffers: new Vector(
    leaves.buffers,
    leaves.buffers.map((leaf) => input(`buffers/${leaf.name}`, leaf.shape)),
  ),
})

/** What a training step reads: the task's fields, and the random numbers that its model draws. */
export const trainingFields = ({ fields, model }: Task): Fields => ({
  ...fields,
  ...Object.fromEntries(
    Object.entries(model.draws ?? {}).map(([name, shape]) => [name, { shape, dtype: 'float32' as const }]),
  ),
})

/** A batch of `size` samples as program inputs. */
export const symbolicBatch = (fields: Fields, size: number): Tensors =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, input(`batch/${name}`, [size, ...field.shape], field.dtype)]),
  )

/**
 * Traces one program of an algorithm; `state` gives the structure and types of its device state, `batch` the samples of
 * one of `microBatches` pieces.
 */
export function traceStep<S extends { readonly [key: string]: State }>(
  name: string,
  build: (context: StepContext, state: S) => Outputs<S>,
  task: Task,
  point: Point,
  state: S,
  batch: number,
  microBatches = 1,
): TracedProgram {
  const stored = mapState(state, (path, tensor) => input(path, tensor.shape, tensor.dtype), 'state')
  const context: StepContext = {
    ...batchContext(task, point, symbolicBatch(trainingFields(task), batch), microBatches),
    point,
    scalars: symbolicScalars(),
  }
  const outputs = build(context, stored)
  const values = new Map([
    ...flattenPoint(outputs.point ?? {}),
    ...flattenState((outputs.state ?? {}) as State, 'state'),
  ])
  return assemble(name, values, outputs.metrics ?? {})
}

/** Traces the initial state; its random inputs are named `random/<stream>`. */
export function traceInit<S extends { readonly [key: string]: State }>(
  init: (context: InitContext) => S,
  point: Point,
): { readonly state: S; readonly program: TracedProgram } {
  const zeros = Vector.zeros(point.params.leaves)
  const normalOf = (shape: readonly number[], stream: string): Tensor => input(`random/${stream}`, shape)
  const state = init({
    point,
    zeros: () => zeros,
    normalOf,
    normal: (stream) => point.params.map((leaf) => normalOf(leaf.shape, `${stream}/${leaf.name}`)),
  })
  return { state, program: assemble('init', flattenState(state, 'state'), {}) }
}

/** Sorts new values into those that are computed and those that are shared with a stored one. */
export function assemble(name: string, values: ReadonlyMap<string, Tensor>, metrics: Tensors): TracedProgram {
  const keys = new Map<Tensor, string>()
  const keyOf = (tensor: Tensor, wish: string): string => {
    const key = keys.get(tensor) ?? wish
    keys.set(tensor, key)
    return key
  }
  const writes = new Map<string, string>()
  const shares = new Map<string, string>()
  for (const [path, tensor] of values) {
    const source = inputName(tensor)
    if (source === path) continue
    if (source !== undefined && /^(params|buffers|state)\//.test(source)) shares.set(path, source)
    else writes.set(path, keyOf(tensor, `next/${path}`))
  }
  const outputs = Object.fromEntries([...keys].map(([tensor, key]) => [key, tensor]))
  const measured = new Map<string, string>()
  for (const [metric, tensor] of Object.entries(metrics)) {
    measured.set(metric, `metric/${metric}`)
    outputs[`metric/${metric}`] = tensor
  }
  return { graph: graph(name, outputs), writes, shares, metrics: measured }
}

/** Scalars that come into being when a program names them. */
function symbolicScalars(): Tensors {
  const known: Record<string, Tensor> = {}
  return new Proxy(known, {
    get: (target, key) => {
      if (typeof key !== 'string') return undefined
      target[key] ??= input(`scalars/${key}`, [])
      return target[key]
    },
  })
}
