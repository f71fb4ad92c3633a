import { mkdirSync, rmSync } from 'node:fs'
import { cpu } from '@eos-sgd/backend-cpu'
import { type CheckpointStore, type StepEvent, type Training, train } from '@eos-sgd/core'
import { fileStore, saveWeights } from '@eos-sgd/core/node'
import { findWorkload } from '@eos-sgd/models/node'
import { summarise } from '../analysis/cell-summary.ts'
import { seriesOf } from '../analysis/series.ts'
import { finiteOrNull } from '../analysis/statistics.ts'
import { buildRow } from '../rows/build.ts'
import { onDisk } from './disk.ts'
import { type EventLog, eventsUntil, openEventLog, readEvents, rewriteEvents } from './event-log.ts'
import { thisHardware } from './hardware.ts'
import type { CellProgress } from './outcome.ts'
import { type CellFiles, type RunFolder, resultSchema } from './run-folder.ts'

/** Checkpoints of a whole run; each costs a few milliseconds outside the clock. */
const checkpoints = 8

/** What the caller of a cell sees and does. */
export interface CellOptions {
  readonly signal: AbortSignal
  readonly onProgress: (progress: CellProgress) => void
  /** Keep the weights of the end and the best ones as files of the cell. */
  readonly keepWeights?: boolean
}

/**
 * Runs one cell of a run folder to its end, or until the signal, going on from its checkpoint where it has one. The
 * event log is cut back to the checkpoint first, so that it reads as if the run had never been stopped.
 */
export async function runCell(
  run: RunFolder,
  id: string,
  { signal, onProgress, keepWeights = false }: CellOptions,
): Promise<'done' | 'aborted'> {
  const files = run.files(id)
  const spec = run.spec(id)
  const workload = findWorkload(spec.workload)
  const {
    algorithm,
    gain,
    microBatches = 1,
    prepare,
  } = await buildRow(spec.row, { workload: workload.name, steps: spec.steps })
  const { train: data, validation } = await workload.load()
  onDisk(files.folder, () => mkdirSync(files.folder, { recursive: true }))
  const store = await rewound(files)
  const log = openEventLog(files.events)
  const backend = await cpu({ threads: spec.threads })
  let reason: 'done' | 'aborted' = 'aborted'
  let resumed = false
  try {
    const session = train({
      task: prepare?.(workload.task) ?? workload.task,
      data,
      algorithm,
      backend,
      batch: workload.batch,
      microBatches,
      seed: spec.seed,
      until: { steps: spec.steps },
      evaluate: { data: validation, every: spec.evaluateEvery },
      signal,
      checkpoint: { store: flushingFirst(store, log), every: Math.max(50, Math.ceil(spec.steps / checkpoints)) },
    })
    for await (const event of session) {
      log.append(event)
      if (event.type === 'step') onProgress(progressOf(event))
      if (event.type === 'start') resumed = event.resumed
      if (event.type === 'end') reason = event.reason
    }
    if (keepWeights && reason === 'done') await writeWeights(session, files)
    await session.dispose()
  } finally {
    log.close()
    backend.dispose()
  }
  if (reason === 'aborted') return reason
  const summary = summarise(seriesOf(readEvents(files.events)))
  await run.writeResult(id, {
    schema: resultSchema,
    status: 'done',
    hardware: thisHardware(),
    algorithm: algorithm.name,
    gain,
    summary,
    ...(resumed ? {} : { wall: performance.now() / 1000 }),
  })
  rmSync(files.checkpoint, { recursive: true, force: true })
  return reason
}

async function writeWeights(session: Training, { weights }: CellFiles): Promise<void> {
  for (const which of ['current', 'best'] as const)
    await onDisk(weights[which], async () => saveWeights(weights[which], await session.weights({ which })))
}

const progressOf = ({ step, loss, rate, report }: StepEvent): CellProgress => ({
  step,
  loss: finiteOrNull(loss),
  rate,
  sharpness: typeof report['sharpness'] === 'number' ? finiteOrNull(report['sharpness']) : null,
})

/** The checkpoint of a cell, with the event log cut back to it; without it where the two do not fit together. */
async function rewound(files: CellFiles): Promise<CheckpointStore> {
  const store = fileStore(files.checkpoint)
  const saved = await store.read()
  const step = saved === undefined ? 0 : Number(saved.manifest['step'])
  const events = readEvents(files.events)
  const kept = step === 0 ? [] : eventsUntil(events, step)
  if (!kept) rmSync(files.checkpoint, { recursive: true, force: true })
  if (events.length > 0) await rewriteEvents(files.events, kept ?? [])
  return store
}

/** A store that writes the event log out first: a log is never behind its checkpoint. */
const flushingFirst = (store: CheckpointStore, log: EventLog): CheckpointStore => ({
  ...store,
  read: () => store.read(),
  write(checkpoint) {
    log.flush()
    return store.write(checkpoint)
  },
})
