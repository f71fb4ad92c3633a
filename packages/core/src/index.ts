/**
 * The contracts, `compose`, and the training loop; runs unchanged in Node and browsers.
 * @module
 */
export { EosError, type EosErrorOptions } from '@eos-sgd/graph'
export * from './checkpoint/index.ts'
export { type ComposedHost, compose, type Parts } from './compose/compose.ts'
export type { ComposedState } from './compose/programs.ts'
export * from './contracts/index.ts'
export * from './random/index.ts'
export type { Prediction } from './train/evaluator.ts'
export type { Evaluation, EvaluationEvent, StepEvent, TrainingEvent } from './train/events.ts'
export type { TrainOptions } from './train/options.ts'
export { type Training, train, type Which } from './train/train.ts'
