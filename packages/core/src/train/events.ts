import type { Json, Scalars } from '../contracts/state.ts'

/** What happens in a run, in order. Losses are those of the task without its `lossScale`. */
export type TrainingEvent =
  | { readonly type: 'start'; readonly step: number; readonly resumed: boolean; readonly parameters: number }
  | StepEvent
  /** Signals that this step measured. */
  | { readonly type: 'measurement'; readonly step: number; readonly signals: Scalars }
  /** The batch was taken back: weights return to the average. */
  | { readonly type: 'rejection'; readonly step: number; readonly loss: number }
  | EvaluationEvent
  | { readonly type: 'checkpoint'; readonly step: number }
  | {
      readonly type: 'end'
      readonly step: number
      readonly reason: 'done' | 'aborted'
      readonly report: Readonly<Record<string, Json>>
    }

/** One batch; `step` counts from 1, rejected batches included. */
export interface StepEvent {
  readonly type: 'step'
  readonly step: number
  readonly epoch: number
  readonly loss: number
  /** Rate of the step, in squared parameter units per loss (for directions that are not normalised). */
  readonly rate: number | null
  /** Wall time of the batch: data, programs and host rule; no compiling, evaluation, checkpoint or event. */
  readonly seconds: number
  /** Names of the programs that ran. */
  readonly runs: readonly string[]
  /** What the algorithm shows of its state: rate, sharpness, phase, ... */
  readonly report: Readonly<Record<string, Json>>
}

/** Loss and metrics of the evaluated weights over a data set. */
export interface Evaluation {
  readonly loss: number
  readonly metrics: Scalars
}

export interface EvaluationEvent extends Evaluation {
  readonly type: 'evaluation'
  readonly step: number
  readonly seconds: number
  /** The lowest loss so far. */
  readonly best: boolean
}
