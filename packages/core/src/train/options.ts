import { EosError, type Leaf, sameShape } from '@eos-sgd/graph'
import type { CheckpointStore } from '../checkpoint/index.ts'
import type { AnyAlgorithm } from '../contracts/algorithm.ts'
import type { Backend } from '../contracts/backend.ts'
import type { Dataset, Fields, Task } from '../contracts/model.ts'
import { leafOf } from '../trace/batch.ts'

/** What `train` needs to know. */
export interface TrainOptions {
  readonly task: Task
  readonly data: Dataset
  readonly algorithm: AnyAlgorithm
  /** The caller's: `train` compiles and allocates on it, and `dispose` of the run gives everything back. */
  readonly backend: Backend
  /** Samples per step. */
  readonly batch: number
  /** Decides initial weights, random state and the order of the data. 0 by default. */
  readonly seed?: number
  /** Stops at whichever comes first. */
  readonly until: { readonly steps?: number; readonly epochs?: number }
  /** Evaluates `data` before the first step, every so many steps, and at the end; the best weights are kept. */
  readonly evaluate?: { readonly data: Dataset; readonly every: number; readonly batch?: number }
  /** Ends the run after the current batch, with a checkpoint. */
  readonly signal?: AbortSignal
  /** Writes every so many steps (only at the end by default), and resumes from what the store holds. */
  readonly checkpoint?: { readonly store: CheckpointStore; readonly every?: number }
  /** Names of parameters that keep their values. */
  readonly freeze?: readonly string[]
  /**
   * Equal pieces that a batch is worked through in, so that memory is that of one: losses, gradients and Hessian products
   * are means over them. 1 by default.
   */
  readonly microBatches?: number
}

/** Leaves of the task's parameters and buffers, with the frozen ones marked. Throws `FREEZE` for an unknown name. */
export function leavesOf(
  task: Task,
  freeze: readonly string[] = [],
): { readonly params: readonly Leaf[]; readonly buffers: readonly Leaf[] } {
  const { parameters, buffers } = task.model
  const unknown = freeze.find((name) => !parameters.some((parameter) => parameter.name === name))
  if (unknown !== undefined)
    throw new EosError('FREEZE', `Model "${task.model.name}" has no parameter "${unknown}" to freeze.`, {
      hint: `It has ${parameters.map((p) => p.name).join(', ')}.`,
    })
  const frozen = new Set(freeze)
  return { params: parameters.map((spec) => leafOf(spec, frozen)), buffers: buffers.map((spec) => leafOf(spec)) }
}

/** Throws one clear error for options that cannot work. */
export function checkOptions(options: TrainOptions): void {
  const { task, data, batch, until, evaluate, microBatches = 1 } = options
  const whole = (name: string, value: number | undefined): void => {
    if (value !== undefined && !(Number.isInteger(value) && value > 0))
      throw new EosError('OPTION', `Option ${name} must be a positive whole number, got ${value}.`)
  }
  whole('batch', batch)
  whole('until.steps', until.steps)
  whole('until.epochs', until.epochs)
  whole('evaluate.every', evaluate?.every)
  whole('evaluate.batch', evaluate?.batch)
  whole('checkpoint.every', options.checkpoint?.every)
  if (until.steps === undefined && until.epochs === undefined)
    throw new EosError('OPTION', 'Nothing says when to stop.', { hint: 'Give until: { steps } or until: { epochs }.' })
  whole('microBatches', microBatches)
  if (batch % microBatches !== 0)
    throw new EosError(
      'MICRO_BATCHES',
      `A batch of ${batch} samples does not divide into ${microBatches} micro-batches.`,
      {
        hint: `Choose a batch that is a multiple of ${microBatches}.`,
      },
    )
  const taken = Object.keys(task.model.draws ?? {}).find((name) => name in task.fields)
  if (taken !== undefined)
    throw new EosError(
      'FIELD',
      `Model "${task.model.name}" draws "${taken}", which is also a field of task "${task.name}".`,
      {
        hint: 'Rename one of them.',
      },
    )
  checkFields(task, data)
  if (evaluate) checkFields(task, evaluate.data)
  if (data.size !== undefined && data.size < batch)
    throw new EosError('BATCH', `A batch of ${batch} does not fit data set "${data.name}" of ${data.size} samples.`, {
      hint: `Use a batch of at most ${data.size}.`,
    })
}

/** Throws `FIELD` where a data set lacks what the task reads. */
export function checkFields(task: Task, data: Dataset): void {
  const show = (fields: Fields, name: string): string => {
    const field = fields[name]
    return field ? `${field.dtype}[${field.shape.join(', ')}]` : 'nothing'
  }
  for (const [name, field] of Object.entries(task.fields)) {
    const given = data.fields[name]
    if (!given || given.dtype !== field.dtype || !sameShape(given.shape, field.shape))
      throw new EosError(
        'FIELD',
        `Task "${task.name}" reads "${name}" as ${show(task.fields, name)} per sample, but data set "${data.name}" has ${show(data.fields, name)}.`,
        {
          hint: 'Give the data that field, or build the task for this shape.',
        },
      )
    if (field.classes !== undefined && given.classes !== undefined && given.classes > field.classes)
      throw new EosError(
        'FIELD',
        `Data set "${data.name}" has ${given.classes} classes in "${name}", task "${task.name}" only ${field.classes}.`,
      )
  }
}
