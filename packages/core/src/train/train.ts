import { EosError, sizeOf } from '@eos-sgd/graph'
import type { Run } from '../contracts/algorithm.ts'
import type { HostArray } from '../contracts/graph-types.ts'
import type { BatchReader, Dataset } from '../contracts/model.ts'
import type { Json, Scalars } from '../contracts/state.ts'
import { breathe } from './breathe.ts'
import { createDevice } from './device.ts'
import type { Prediction } from './evaluator.ts'
import type { Evaluation, StepEvent, TrainingEvent } from './events.ts'
import { checkFields, checkOptions, type TrainOptions } from './options.ts'
import { type RunState, restoreRun, snapshotRun } from './resume.ts'

/** Which weights: the algorithm's readout of now, or those of the lowest validation loss. */
export type Which = 'current' | 'best'

/** A run: iterate it to train, then ask it. Iterating again after a `break` goes on where it was. */
export interface Training extends AsyncIterable<TrainingEvent> {
  readonly step: number
  /** Lowest validation loss so far, where `evaluate` was given. */
  readonly best: { readonly step: number; readonly loss: number } | undefined
  /** What the algorithm shows of its state: the rate that was found, ... */
  readonly report: Readonly<Record<string, Json>>
  evaluate(data: Dataset, options?: { readonly which?: Which; readonly batch?: number }): Promise<Evaluation>
  /** Outputs of the model for the given input fields (flat, samples first). */
  predict(
    inputs: Readonly<Record<string, HostArray>>,
    options?: { readonly which?: Which; readonly batch?: number },
  ): Promise<Prediction>
  /** Parameters (and buffers) by name, copied to the host. */
  weights(options?: {
    readonly which?: Which
  }): Promise<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>
  /** Releases everything the run holds on the backend. Idempotent. */
  dispose(): Promise<void>
}

/**
 * Trains a task. Nothing happens before the first iteration or question. A run with a checkpoint store resumes from
 * what the store holds and continues bit for bit with the same number of threads.
 * Throws `EosError` at once for options that cannot work.
 */
export function train(options: TrainOptions): Training {
  checkOptions(options)
  const { task, data, algorithm, until, evaluate: validation, checkpoint, signal, seed = 0 } = options
  const scale = task.lossScale ?? 1
  const device = createDevice(options)
  let state: RunState = { step: 0, epoch: 0, position: 0, host: algorithm.start() as Json, best: undefined }
  let resumed = false
  let disposed = false
  let started: Promise<void> | undefined
  const start = (): Promise<void> => {
    if (disposed) throw new EosError('DISPOSED', 'This run was disposed of.', { hint: 'Start a new one.' })
    started ??= (async () => {
      await device.initialise(seed)
      const saved = await checkpoint?.store.read()
      if (!saved) return
      state = await restoreRun(saved, options, device)
      resumed = true
    })()
    return started
  }

  /** One batch: the driver's programs one after the other. */
  const step = async (
    reader: BatchReader,
    arrays: Readonly<Record<string, HostArray>>,
  ): Promise<{ event: StepEvent; rejected: boolean; signals: Scalars } | undefined> => {
    device.forgetCompileTime()
    const begin = performance.now()
    const size = reader.next(arrays)
    if ((typeof size === 'number' ? size : await size) < options.batch) return undefined
    device.sendBatch(seed, state.step + 1)
    const driver = algorithm.step(state.host)
    const runs: string[] = []
    const answers: Record<string, number> = {}
    let rejected = false
    let next = driver.next() as IteratorResult<Run<string>, Json>
    while (!next.done) {
      const { program, scalars = {}, rejects = false } = next.value
      const pending = device.run(program, scalars)
      const answer = pending instanceof Promise ? await pending : pending
      for (const [name, value] of Object.entries(answer)) answers[name] ??= value
      runs.push(program)
      rejected ||= rejects
      next = driver.next(answer) as IteratorResult<Run<string>, Json>
    }
    const seconds = (performance.now() - begin - device.compileTime()) / 1000
    state = { ...state, step: state.step + 1, position: state.position + 1, host: next.value }
    const report = algorithm.report?.(state.host) ?? {}
    const { loss = Number.NaN, ...signals } = answers
    const rate = typeof report['rate'] === 'number' ? report['rate'] : null
    const event: StepEvent = {
      type: 'step',
      step: state.step,
      epoch: state.epoch,
      loss: loss / scale,
      rate,
      seconds,
      runs,
      report,
    }
    return { event, rejected, signals }
  }

  const validate = async (): Promise<TrainingEvent> => {
    const begin = performance.now()
    const { data: held, batch = evaluationBatch(validation?.data) } = validation as NonNullable<typeof validation>
    const found = await device.evaluate(held, 'current', batch)
    const best = found.loss < (state.best?.loss ?? Number.POSITIVE_INFINITY)
    if (best) {
      await device.keepBest()
      state = { ...state, best: { step: state.step, loss: found.loss } }
    }
    return { type: 'evaluation', step: state.step, ...found, seconds: (performance.now() - begin) / 1000, best }
  }

  const save = async (): Promise<TrainingEvent> => {
    await checkpoint?.store.write(await snapshotRun(state, options, device))
    return { type: 'checkpoint', step: state.step }
  }

  const finished = (): boolean => state.step >= (until.steps ?? Infinity) || state.epoch >= (until.epochs ?? Infinity)

  async function* events(): AsyncGenerator<TrainingEvent> {
    await start()
    const parameters = task.model.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    yield { type: 'start', step: state.step, resumed, parameters }
    const every = validation?.every ?? Infinity
    if (validation && state.step === 0) yield await validate()
    const memory = device.batch
    let clean = true
    while (!finished() && !signal?.aborted) {
      const reader = data.read({ batch: options.batch, seed, epoch: state.epoch, position: state.position })
      try {
        while (!finished() && !signal?.aborted) {
          const result = await step(reader, memory.arrays)
          if (!result) break
          clean = false
          const { event, rejected, signals } = result
          yield event
          if (Object.keys(signals).length > 0) yield { type: 'measurement', step: event.step, signals }
          if (rejected) yield { type: 'rejection', step: event.step, loss: event.loss }
          if (validation && (state.step % every === 0 || state.step === until.steps)) yield await validate()
          if (checkpoint?.every && state.step % checkpoint.every === 0) {
            yield await save()
            clean = true
          }
          await breathe()
        }
      } finally {
        await reader.close?.()
      }
      if (finished() || signal?.aborted) break
      if (state.position === 0)
        throw new EosError(
          'DATA_EMPTY',
          `Data set "${data.name}" gave no whole batch of ${options.batch} samples in epoch ${state.epoch}.`,
          {
            hint: 'Lower the batch, or give more data.',
          },
        )
      state = { ...state, epoch: state.epoch + 1, position: 0 }
    }
    if (validation && !signal?.aborted && state.step % every !== 0 && state.step !== until.steps) yield await validate()
    if (checkpoint && !clean) yield await save()
    yield { type: 'end', step: state.step, reason: finished() ? 'done' : 'aborted', report: training.report }
  }

  const training: Training = {
    get step() {
      return state.step
    },
    get best() {
      return state.best
    },
    get report() {
      return algorithm.report?.(state.host) ?? {}
    },
    [Symbol.asyncIterator]: events,
    async evaluate(held, { which = 'current', batch = evaluationBatch(held) } = {}) {
      checkFields(task, held)
      await start()
      return device.evaluate(held, which, batch)
    },
    async predict(inputs, { which = 'current', batch = 256 } = {}) {
      await start()
      return device.predict(inputs, which, batch)
    },
    async weights({ which = 'current' } = {}) {
      await start()
      return device.weights(which)
    },
    async dispose() {
      if (disposed) return
      disposed = true
      await started?.catch(() => undefined)
      device.dispose()
    },
  }
  return training
}

/** The largest evaluation batch up to 1,000 that leaves no rest, so that one program serves; else 500. */
function evaluationBatch(data: Dataset | undefined): number {
  const size = data?.size
  if (size === undefined || size <= 1000) return size ?? 500
  for (let batch = 1000; batch >= 250; batch--) if (size % batch === 0) return batch
  return 500
}
