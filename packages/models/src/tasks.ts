import { EosError, type Model, type Task } from '@eos-sgd/core'
import { type Shape, sameShape, showType, sizeOf, type Tensor } from '@eos-sgd/graph'
import { accuracy, crossEntropy, meanSquaredError } from './losses.ts'

/** Options of {@link classification}. */
export interface ClassificationOptions {
  readonly model: Model
  /** Shape of one sample of `x`: `[784]` or `[28, 28]`. */
  readonly shape: Shape
  readonly classes: number
  readonly name?: string
}

/**
 * Classification: the fields `x` (float32, of the given shape) and `label` (int64, `0 .. classes - 1`); mean
 * cross-entropy in nats; the metric `accuracy`. Throws `LOSS_SHAPE` when traced with a model that does not return
 * `[B, classes]`.
 */
export function classification({ model, shape, classes, name }: ClassificationOptions): Task {
  if (!(Number.isInteger(classes) && classes > 1))
    throw new EosError('TASK_CLASSES', `A classification needs at least 2 classes, got ${classes}.`)
  const logits = (output: Tensor): Tensor => {
    if (output.shape.length !== 2 || output.shape[1] !== classes)
      throw new EosError(
        'LOSS_SHAPE',
        `${classes} classes need an output [B, ${classes}], but model "${model.name}" returns ${showType(output)}.`,
        {
          hint: 'Make the last width the number of classes.',
        },
      )
    return output
  }
  return {
    name: name ?? `classification with ${model.name}`,
    model,
    fields: { x: { shape, dtype: 'float32' }, label: { shape: [], dtype: 'int64', classes } },
    inputs: ['x'],
    loss: (output, batch) => crossEntropy(logits(output), batch['label'] as Tensor),
    metrics: { accuracy: (output, batch) => accuracy(logits(output), batch['label'] as Tensor) },
  }
}

/** Options of {@link languageModel}. */
export interface LanguageModelOptions {
  readonly model: Model
  /** Number of different tokens. */
  readonly vocabulary: number
  /** Tokens of a sample. */
  readonly context: number
  readonly name?: string
}

/**
 * Prediction of the next token at every position: the fields `x` and, one token later, `label` (int64, `[context]`);
 * mean cross-entropy over samples and positions in nats per token; the metric `accuracy`. Throws `LOSS_SHAPE` when
 * traced with a model that does not return `[B, context, vocabulary]`.
 */
export function languageModel({ model, vocabulary, context, name }: LanguageModelOptions): Task {
  const logits = (output: Tensor): Tensor => {
    if (sameShape(output.shape.slice(1), [context, vocabulary])) return output
    throw new EosError(
      'LOSS_SHAPE',
      `${vocabulary} tokens at ${context} positions need an output [B, ${context}, ${vocabulary}], but model "${model.name}" returns ${showType(output)}.`,
      {
        hint: 'Build the model for the same vocabulary and context.',
      },
    )
  }
  const tokens = { shape: [context], dtype: 'int64', classes: vocabulary } as const
  return {
    name: name ?? `language model with ${model.name}`,
    model,
    fields: { x: tokens, label: tokens },
    inputs: ['x'],
    loss: (output, batch) => crossEntropy(logits(output), batch['label'] as Tensor),
    metrics: { accuracy: (output, batch) => accuracy(logits(output), batch['label'] as Tensor) },
  }
}

/** Options of {@link regression}. */
export interface RegressionOptions {
  readonly model: Model
  /** Shape of one sample of `x`. */
  readonly shape: Shape
  /** Shape of one target `y`; one number (`[]`) by default. */
  readonly target?: Shape
  readonly name?: string
}

/**
 * Regression: the fields `x` and `y` (float32); mean over samples and components of the squared error, in squared
 * units of `y`. The model returns as many numbers per sample as `y` has.
 */
export function regression({ model, shape, target = [], name }: RegressionOptions): Task {
  const shaped = (output: Tensor): Tensor => {
    const [batch, ...rest] = output.shape
    return sizeOf(rest) === sizeOf(target) ? output.reshape([batch as number, ...target]) : output
  }
  return {
    name: name ?? `regression with ${model.name}`,
    model,
    fields: { x: { shape, dtype: 'float32' }, y: { shape: target, dtype: 'float32' } },
    inputs: ['x'],
    loss: (output, batch) => meanSquaredError(shaped(output), batch['y'] as Tensor),
  }
}

/**
 * The task with its loss times `factor`; `lossScale` says so, and reported losses are divided by it. For tests that an
 * algorithm does not depend on the unit of the loss. Throws `LOSS_SCALE` unless the factor is positive and finite.
 */
export function scaleLoss(task: Task, factor: number): Task {
  if (!(factor > 0 && Number.isFinite(factor)))
    throw new EosError('LOSS_SCALE', `A loss is scaled by a positive finite factor, got ${factor}.`)
  return {
    ...task,
    name: `${task.name} x ${factor}`,
    loss: (output, batch) => task.loss(output, batch).mul(factor),
    lossScale: (task.lossScale ?? 1) * factor,
  }
}
