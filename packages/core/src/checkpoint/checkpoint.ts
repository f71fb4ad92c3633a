import type { TensorType } from '@eos-sgd/graph'
import type { HostArray } from '../contracts/graph-types.ts'
import type { Json } from '../contracts/state.ts'

/** A tensor on the host, in the array class of its element type. */
export interface StoredTensor {
  readonly type: TensorType
  readonly data: HostArray
}

/** All that a run remembers: host state as JSON, device state as tensors. */
export interface Checkpoint {
  readonly manifest: { readonly [key: string]: Json }
  readonly tensors: Readonly<Record<string, StoredTensor>>
}

/** A place that holds one checkpoint, the newest. */
export interface CheckpointStore {
  /** What was written last, or undefined before the first. Throws `CHECKPOINT_CORRUPT` rather than return damage. */
  read(): Promise<Checkpoint | undefined>
  /**
   * Replaces the checkpoint, all or nothing: when it throws (`CHECKPOINT_WRITE`), or the process dies in the middle,
   * `read` still gives the previous one.
   */
  write(checkpoint: Checkpoint): Promise<void>
}
