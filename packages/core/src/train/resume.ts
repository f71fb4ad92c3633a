import { EosError, showType, type TensorType } from '@eos-sgd/graph'
import type { Checkpoint } from '../checkpoint/index.ts'
import type { DeviceTensor } from '../contracts/backend.ts'
import type { HostArray } from '../contracts/graph-types.ts'
import type { Json } from '../contracts/state.ts'
import type { Device } from './device.ts'
import type { TrainOptions } from './options.ts'

/** Host state of a run; with the stored values on the device it is all that a run remembers. */
export interface RunState {
  readonly step: number
  readonly epoch: number
  /** Batches of this epoch that are done. */
  readonly position: number
  /** The algorithm's. */
  readonly host: Json
  readonly best: { readonly step: number; readonly loss: number } | undefined
}

/** What must agree for a checkpoint to belong to a run. */
const identity = ({ task, algorithm, data, batch, seed = 0 }: TrainOptions): Record<string, Json> => ({
  task: task.name,
  model: task.model.name,
  algorithm: algorithm.name,
  data: data.name,
  batch,
  seed,
})

/** A checkpoint of the run; values that share a buffer are stored once. */
export async function snapshotRun(state: RunState, options: TrainOptions, { store }: Device): Promise<Checkpoint> {
  const first = new Map<DeviceTensor, string>()
  const values: Record<string, string> = {}
  const tensors: Record<string, { type: TensorType; data: HostArray }> = {}
  for (const name of store.names()) {
    const tensor = store.get(name)
    const owner = first.get(tensor) ?? name
    first.set(tensor, owner)
    values[name] = owner
    if (owner === name) tensors[name] = { type: tensor.type, data: await options.backend.download(tensor) }
  }
  const manifest = {
    ...state,
    best: state.best ?? null,
    run: identity(options),
    threads: options.backend.threads,
    values,
  }
  return { manifest, tensors }
}

/**
 * Puts a checkpoint back. Throws `CHECKPOINT_MISMATCH` when it belongs to another run, `CHECKPOINT_CORRUPT` when it
 * lacks a value.
 */
export async function restoreRun(saved: Checkpoint, options: TrainOptions, { store }: Device): Promise<RunState> {
  const { step, epoch, position, host, best, run, values } = saved.manifest as unknown as RunState & {
    best: RunState['best'] | null
    run: Record<string, Json>
    values: Record<string, string>
  }
  for (const [key, mine] of Object.entries(identity(options)))
    if (run?.[key] !== mine)
      throw new EosError(
        'CHECKPOINT_MISMATCH',
        `The checkpoint is of another run: its ${key} is ${JSON.stringify(run?.[key])}, this run's ${JSON.stringify(mine)}.`,
        {
          hint: 'Choose another checkpoint folder, or the options of the saved run.',
        },
      )
  for (const name of store.names())
    if (!(name in values))
      throw new EosError('CHECKPOINT_CORRUPT', `The checkpoint lacks "${name}".`, { hint: 'Delete it to start anew.' })
  const buffers = new Map<string, DeviceTensor>()
  const restored = new Map<string, DeviceTensor>()
  for (const [name, owner] of Object.entries(values)) {
    const source = saved.tensors[owner]
    if (!source)
      throw new EosError('CHECKPOINT_CORRUPT', `The checkpoint lacks the tensor "${owner}".`, {
        hint: 'Delete it to start anew.',
      })
    const expected = store.has(name) ? store.get(name).type : source.type
    if (showType(expected) !== showType(source.type))
      throw new EosError(
        'CHECKPOINT_MISMATCH',
        `"${name}" is ${showType(source.type)} in the checkpoint, ${showType(expected)} in this run.`,
        {
          hint: 'Choose another checkpoint folder.',
        },
      )
    let buffer = buffers.get(owner)
    if (!buffer) {
      buffer = store.take(source.type)
      options.backend.write(buffer, source.data)
      buffers.set(owner, buffer)
    }
    restored.set(name, buffer)
  }
  store.update(restored)
  return { step, epoch, position, host, best: best ?? undefined }
}
