import type { DType, HostArray, Role, Shape, Tensor, Vector } from './graph-types.ts'
import type { Point, Tensors } from './state.ts'

/** How a parameter starts; drawn by the host from (seed, parameter name). */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  /** Uniform on `[-bound, bound]`. */
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly deviation: number }

/** One parameter or buffer of a model. `decay` is true and `frozen` false unless given. */
export interface ParameterSpec {
  readonly name: string
  readonly shape: Shape
  readonly role: Role
  readonly init: Initializer
  readonly decay?: boolean
  readonly frozen?: boolean
}

export type Mode = 'train' | 'evaluate'

/** A network as a pure function of its point and inputs. */
export interface Model {
  readonly name: string
  readonly parameters: readonly ParameterSpec[]
  readonly buffers: readonly ParameterSpec[]
  /**
   * Random numbers that training needs (dropout), by name with the shape of one sample: uniform on [0, 1), `[B, ...shape]`
   * among the inputs in mode `train`, drawn by the host from (seed, step, name). Absent in mode `evaluate`.
   */
  readonly draws?: Readonly<Record<string, Shape>>
  /** `buffers` are the running statistics after this batch; absent where the model has none. */
  apply(point: Point, inputs: Tensors, mode: Mode): { readonly output: Tensor; readonly buffers?: Vector }
}

/** One named array of a batch: the shape of a sample, its element type, and for labels the number of classes. */
export interface Field {
  readonly shape: Shape
  readonly dtype: DType
  readonly classes?: number
}
export type Fields = Readonly<Record<string, Field>>

/** A model with what it is trained for. */
export interface Task {
  readonly name: string
  readonly model: Model
  /** The fields that a batch must have. */
  readonly fields: Fields
  /** Which of the fields the model itself reads; `predict` needs only these. */
  readonly inputs: readonly string[]
  /** Mean over the batch, a scalar. */
  loss(output: Tensor, batch: Tensors): Tensor
  /** Batch means, such as accuracy; reported by evaluations. */
  readonly metrics?: Readonly<Record<string, (output: Tensor, batch: Tensors) => Tensor>>
  /** The factor that the loss contains; reported losses are divided by it. 1 by default. */
  readonly lossScale?: number
}

/** Where an epoch starts and how it is walked. */
export interface Order {
  readonly batch: number
  /** Shuffled by (seed, epoch), or in stored order where `seed` is null. */
  readonly seed: number | null
  readonly epoch: number
  /** Batches to pass over, so that a run resumes in mid-epoch. */
  readonly position: number
}

/** One walk through the data. */
export interface BatchReader {
  /** Fills the arrays with the next samples and returns their number: 0 at the end, less than a batch for the rest. */
  next(out: Readonly<Record<string, HostArray>>): number | Promise<number>
  close?(): void | Promise<void>
}

/** Batches by (seed, epoch, position): the same triple gives the same batch on every machine. */
export interface Dataset {
  readonly name: string
  readonly fields: Fields
  /** Number of samples; absent for a stream of unknown length. */
  readonly size?: number
  read(order: Order): BatchReader
}
