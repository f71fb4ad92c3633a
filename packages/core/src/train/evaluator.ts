import { EosError, graph, input, type Leaf, scope, sizeOf, Vector } from '@eos-sgd/graph'
import type { Backend, DeviceTensor, Program } from '../contracts/backend.ts'
import type { HostArray } from '../contracts/graph-types.ts'
import type { Dataset, Field, Fields, Task } from '../contracts/model.ts'
import type { Point, Tensors } from '../contracts/state.ts'
import { symbolicBatch } from '../trace/program.ts'
import { allocateBatch, type BatchMemory } from './batch-memory.ts'
import type { Evaluation } from './events.ts'
import type { Store } from './store.ts'

type Leaves = { readonly params: readonly Leaf[]; readonly buffers: readonly Leaf[] }

/** Runs the model in evaluation mode at stored weights, whose names begin with `prefix`. */
export interface Evaluator {
  evaluate(data: Dataset, prefix: string, batch: number): Promise<Evaluation>
  predict(inputs: Readonly<Record<string, HostArray>>, prefix: string, batch: number): Promise<Prediction>
  dispose(): void
}

/** Outputs of the model, samples first. */
export interface Prediction {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

interface Compiled {
  readonly program: Program
  readonly memory: BatchMemory
  readonly outputs: Readonly<Record<string, DeviceTensor>>
}

export function createEvaluator(backend: Backend, store: Store, task: Task, leaves: Leaves): Evaluator {
  const compiled = new Map<string, Compiled>()

  /** A program per batch size: shapes are static, and the last batch of a data set may be smaller. */
  const compile = async (kind: 'evaluate' | 'predict', size: number): Promise<Compiled> => {
    const key = `${kind} ${size}`
    const known = compiled.get(key)
    if (known) return known
    const fields: Fields =
      kind === 'evaluate'
        ? task.fields
        : Object.fromEntries(task.inputs.map((name) => [name, task.fields[name] as Field]))
    const batch = symbolicBatch(fields, size)
    const point = symbolicEvaluated(leaves)
    const { output } = scope(task.model.name, () => task.model.apply(point, batch, 'evaluate'))
    const values: Tensors =
      kind === 'predict'
        ? { output }
        : {
            loss: task.loss(output, batch),
            ...Object.fromEntries(
              Object.entries(task.metrics ?? {}).map(([name, metric]) => [name, metric(output, batch)]),
            ),
          }
    const program = await backend.compile(graph(kind, values))
    const outputs = Object.fromEntries(
      Object.entries(program.outputs).map(([name, type]) => [name, backend.allocate(type)]),
    )
    const made = { program, memory: allocateBatch(backend, fields, size), outputs }
    compiled.set(key, made)
    return made
  }

  const run = async ({ program, memory, outputs }: Compiled, prefix: string): Promise<Record<string, HostArray>> => {
    await memory.send()
    const inputs: Record<string, DeviceTensor> = {}
    for (const name of Object.keys(program.inputs))
      inputs[name] = name.startsWith('batch/')
        ? (memory.pieces[0]?.[name.slice(6)] as DeviceTensor)
        : store.get(`${prefix}${name.slice('evaluated/'.length)}`)
    await program.run(inputs, outputs)
    const results: Record<string, HostArray> = {}
    for (const [name, tensor] of Object.entries(outputs))
      results[name] = tensor.host ?? (await backend.download(tensor))
    return results
  }

  return {
    async evaluate(data, prefix, batch) {
      const totals: Record<string, number> = {}
      let count = 0
      const whole = await compile('evaluate', batch)
      const reader = data.read({ batch, seed: null, epoch: 0, position: 0 })
      try {
        for (;;) {
          const size = await reader.next(whole.memory.arrays)
          if (size === 0) break
          let part = whole
          if (size < batch) {
            part = await compile('evaluate', size)
            part.memory.takeFrom(whole.memory)
          }
          const results = await run(part, prefix)
          for (const [name, value] of Object.entries(results))
            totals[name] = (totals[name] ?? 0) + Number(value[0]) * size
          count += size
          if (size < batch) break
        }
      } finally {
        await reader.close?.()
      }
      if (count === 0) throw new EosError('DATA_EMPTY', `Data set "${data.name}" has no samples to evaluate.`)
      const { loss, ...metrics } = Object.fromEntries(
        Object.entries(totals).map(([name, total]) => [name, total / count]),
      )
      return { loss: (loss as number) / (task.lossScale ?? 1), metrics }
    },

    async predict(inputs, prefix, batch) {
      const first = task.inputs[0] as string
      const count = (inputs[first]?.length ?? 0) / sizeOf(task.fields[first]?.shape ?? [])
      for (const name of task.inputs) {
        const field = task.fields[name] as Field
        if (!inputs[name] || count === 0 || inputs[name].length !== count * sizeOf(field.shape))
          throw new EosError(
            'PREDICT_INPUT',
            `"${name}" must hold whole samples of shape [${field.shape.join(', ')}], the same number as the other inputs; got ${inputs[name]?.length ?? 0} numbers.`,
          )
      }
      const parts: Float32Array[] = []
      let shape: readonly number[] = []
      for (let at = 0; at < count; at += batch) {
        const size = Math.min(batch, count - at)
        const part = await compile('predict', size)
        for (const name of task.inputs) {
          const width = sizeOf((task.fields[name] as Field).shape)
          const rows = (inputs[name] as HostArray).subarray(at * width, (at + size) * width)
          ;(part.memory.arrays[name] as { set(values: unknown): void }).set(rows)
        }
        const results = await run(part, prefix)
        parts.push(Float32Array.from(results['output'] as Float32Array))
        shape = (part.program.outputs['output'] as { shape: readonly number[] }).shape
      }
      const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
      let at = 0
      for (const part of parts) {
        data.set(part, at)
        at += part.length
      }
      return { shape: [count, ...shape.slice(1)], data }
    },

    dispose() {
      for (const { program, memory, outputs } of compiled.values()) {
        program.dispose()
        memory.dispose()
        for (const tensor of Object.values(outputs)) tensor.dispose()
      }
      compiled.clear()
    },
  }
}

const symbolicEvaluated = (leaves: Leaves): Point => {
  const vector = (kind: 'params' | 'buffers'): Vector =>
    new Vector(
      leaves[kind],
      leaves[kind].map((leaf) => input(`evaluated/${kind}/${leaf.name}`, leaf.shape)),
    )
  return { params: vector('params'), buffers: vector('buffers') }
}
