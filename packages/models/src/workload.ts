import type { Task } from '@eos-sgd/core'
import type { DataSplits } from './data/splits.ts'

/** The loss whose first reaching is timed: the median final validation loss, over seeds, of the named row. */
export interface TargetRule {
  readonly kind: 'median-final-loss'
  readonly row: string
}

/** A model on data with everything that decides a run but the algorithm and the seed. */
export interface Workload {
  /** `data/model`. */
  readonly name: string
  /** One sentence for reports: model, data, split, initialisation. */
  readonly description: string
  readonly task: Task
  /** Reads the data. Throws `DATASET_MISSING` for data that were not fetched. */
  load(options?: { readonly folder?: string }): Promise<DataSplits>
  /** Name of the data set that `fetchDataset` must bring first; absent where the package carries it. */
  readonly dataset?: string
  /** Samples per step. */
  readonly batch: number
  readonly steps: number
  /** Steps between evaluations on the validation samples. */
  readonly evaluateEvery: number
  readonly target: TargetRule
}
