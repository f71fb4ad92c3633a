import {
  type Training as CoreTraining,
  type TrainOptions as CoreTrainOptions,
  train as coreTrain,
  type Which,
} from '@eos-sgd/core'
import { fileStore, saveWeights } from '@eos-sgd/core/node'
import { eosSgd } from './eos-sgd.ts'

const checkpointEvery = 200
const usualBatch = 128

/** What `train` needs to know; see `TrainOptions` of core for the rest. */
export interface TrainOptions extends Omit<CoreTrainOptions, 'algorithm' | 'batch' | 'checkpoint'> {
  /** `eosSgd()` by default. */
  readonly algorithm?: CoreTrainOptions['algorithm']
  /** Samples per step; 128 by default, or all where there are fewer. */
  readonly batch?: number
  /** A folder to save to every 200 steps and resume from, or a store of your own. */
  readonly checkpoint?: string | CoreTrainOptions['checkpoint']
}

/** A run that can also be saved to a file. */
export interface Training extends CoreTraining {
  /** Writes the weights as a safetensors file, atomically: the readout of now, or the best ones. */
  save(path: string, options?: { readonly which?: Which }): Promise<void>
}

/**
 * Trains a task without a learning rate.
 *
 * ```ts
 * const run = train({ task, data, backend: await cpu(), until: { epochs: 5 } })
 * for await (const event of run) if (event.type === 'step') console.log(event.loss, event.rate)
 * await run.save('model.safetensors')
 * ```
 */
export function train(options: TrainOptions): Training {
  const {
    algorithm = eosSgd(),
    batch = Math.min(usualBatch, options.data.size ?? usualBatch),
    checkpoint,
    ...rest
  } = options
  const saved = typeof checkpoint === 'string' ? { store: fileStore(checkpoint), every: checkpointEvery } : checkpoint
  const run = coreTrain({ ...rest, algorithm, batch, ...(saved ? { checkpoint: saved } : {}) })
  const save = async (path: string, { which = 'current' }: { readonly which?: Which } = {}): Promise<void> =>
    saveWeights(path, await run.weights({ which }))
  // The getters of the run stay live, so it is extended, not copied.
  return Object.create(run, { save: { value: save, enumerable: true } }) as Training
}
