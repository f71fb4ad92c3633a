import { EosError, input } from '@eos-sgd/graph'
import type { DeviceTensor } from '../contracts/backend.ts'
import type { HostArray } from '../contracts/graph-types.ts'
import type { Dataset } from '../contracts/model.ts'
import type { Scalars, State } from '../contracts/state.ts'
import { fillUnit } from '../random/index.ts'
import { flattenPoint, mapState } from '../trace/flatten.ts'
import { assemble, symbolicPoint, traceInit, traceStep, trainingFields } from '../trace/program.ts'
import { allocateBatch, type BatchMemory } from './batch-memory.ts'
import { breathe } from './breathe.ts'
import { createEvaluator, type Prediction } from './evaluator.ts'
import type { Evaluation } from './events.ts'
import { initialValues, randomInputs } from './initialise.ts'
import { leavesOf, type TrainOptions } from './options.ts'
import { createRunner, type Runner } from './runner.ts'
import { createStore, type Store } from './store.ts'

/** Everything of a run that lives on the backend: stored values, compiled programs, the batch. */
export interface Device {
  readonly store: Store
  readonly batch: BatchMemory
  initialise(seed: number): Promise<void>
  /** Draws the random numbers that the model needs in this step, and sends the batch. */
  sendBatch(seed: number, step: number): void
  /** Runs a program of the algorithm, compiling it when first asked for. */
  run(program: string, scalars: Scalars): Scalars | Promise<Scalars>
  /** Milliseconds spent on compiling since the last `forgetCompileTime`. */
  compileTime(): number
  forgetCompileTime(): void
  evaluate(data: Dataset, which: 'current' | 'best', batch: number): Promise<Evaluation>
  predict(inputs: Readonly<Record<string, HostArray>>, which: 'current' | 'best', batch: number): Promise<Prediction>
  weights(
    which: 'current' | 'best',
  ): Promise<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>
  /** Remembers the evaluated weights as the best. */
  keepBest(): Promise<void>
  dispose(): void
}

export function createDevice(options: TrainOptions): Device {
  const { task, algorithm, backend, freeze, microBatches = 1 } = options
  const leaves = leavesOf(task, freeze)
  const point = symbolicPoint(leaves)
  const init = traceInit((context) => algorithm.init(context) as { readonly [key: string]: State }, point)
  const store = createStore(backend)
  const batch = allocateBatch(backend, trainingFields(task), options.batch, microBatches)
  const draws = Object.keys(task.model.draws ?? {})
  const evaluator = createEvaluator(backend, store, task, leaves)
  const runners = new Map<string, Runner>()
  let compiling = 0

  const compile = async (name: string): Promise<Runner> => {
    const begin = performance.now()
    const build = algorithm.programs[name]
    if (!build)
      throw new EosError('PROGRAM', `Algorithm "${algorithm.name}" has no program "${name}".`, {
        hint: `It has ${Object.keys(algorithm.programs).join(', ')}.`,
      })
    const traced = traceStep(name, build, task, point, init.state, options.batch / microBatches, microBatches)
    const runner = await createRunner(backend, store, traced, { microBatches })
    runners.set(name, runner)
    compiling += performance.now() - begin
    return runner
  }

  /** The evaluated point as a program: mostly a renaming, which costs nothing. */
  let readout: Promise<Runner> | undefined
  const evaluated = async (which: 'current' | 'best'): Promise<string> => {
    if (which === 'best') {
      if (![...store.names()].some((name) => name.startsWith('best/')))
        throw new EosError('NO_BEST', 'No best weights were kept.', {
          hint: 'Give train the option evaluate: { data, every }.',
        })
      return 'best/'
    }
    readout ??= (async () => {
      const stored = mapState(init.state, (path, tensor) => input(path, tensor.shape, tensor.dtype), 'state')
      const values = flattenPoint(algorithm.evaluation(point, stored), 'evaluated/')
      return createRunner(backend, store, assemble('evaluation', values, {}))
    })()
    await (await readout).run([], {})
    return 'evaluated/'
  }
  const forgetEvaluated = (): void => {
    for (const name of [...store.names()]) if (name.startsWith('evaluated/')) store.remove(name)
  }
  const atEvaluated = async <T>(which: 'current' | 'best', use: (prefix: string) => Promise<T>): Promise<T> => {
    try {
      return await use(await evaluated(which))
    } finally {
      forgetEvaluated()
    }
  }

  return {
    store,
    batch,
    async initialise(seed) {
      const values = new Map<string, DeviceTensor>()
      for (const { name, shape, data } of initialValues(task, seed)) {
        const tensor = store.take({ shape, dtype: 'float32' })
        backend.write(tensor, data)
        values.set(name, tensor)
        await breathe()
      }
      store.update(values)
      const random = randomInputs(backend, init.program.graph.inputs, seed)
      const runner = await createRunner(backend, store, init.program, { random })
      await runner.run([], {})
      runner.dispose()
      for (const tensor of Object.values(random)) tensor.dispose()
    },
    sendBatch(seed, step) {
      for (const name of draws) fillUnit(batch.arrays[name] as Float32Array, seed, 'draw', name, step)
      batch.send()
    },
    run(name, scalars) {
      const runner = runners.get(name)
      return runner ? runner.run(batch.pieces, scalars) : compile(name).then((made) => made.run(batch.pieces, scalars))
    },
    compileTime: () => compiling,
    forgetCompileTime: () => {
      compiling = 0
    },
    evaluate: (data, which, size) => atEvaluated(which, (prefix) => evaluator.evaluate(data, prefix, size)),
    predict: (inputs, which, size) => atEvaluated(which, (prefix) => evaluator.predict(inputs, prefix, size)),
    weights: (which) =>
      atEvaluated(which, async (prefix) => {
        const result: Record<string, { shape: readonly number[]; data: Float32Array }> = {}
        for (const [kind, list] of [
          ['params', leaves.params],
          ['buffers', leaves.buffers],
        ] as const)
          for (const { name, shape } of list) {
            const data = await backend.download(store.get(`${prefix}${kind}/${name}`))
            result[name] = { shape, data: Float32Array.from(data as Float32Array) }
          }
        return result
      }),
    keepBest: () =>
      atEvaluated('current', async (prefix) => {
        const shares = [...store.names()]
          .filter((name) => name.startsWith(prefix))
          .map((name) => [`best/${name.slice(prefix.length)}`, name] as const)
        store.update(new Map(), new Map(shares))
      }),
    dispose() {
      for (const runner of runners.values()) runner.dispose()
      readout?.then((runner) => runner.dispose()).catch(() => undefined)
      evaluator.dispose()
      batch.dispose()
      store.dispose()
    },
  }
}
