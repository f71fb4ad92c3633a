/**
 * What a person who trains installs: `eosSgd()` with its defaults, `train`, the CPU backend, models, data and parts.
 * @module
 */
export { cpu } from '@eos-sgd/backend-cpu'
export {
  type Algorithm,
  type AnyAlgorithm,
  type Backend,
  compose,
  type Dataset,
  EosError,
  type Evaluation,
  type Model,
  type Prediction,
  type StepEvent,
  type Task,
  type TrainingEvent,
  type Which,
} from '@eos-sgd/core'
export * from '@eos-sgd/curvature'
export * from '@eos-sgd/models'
export * from '@eos-sgd/noise'
export * from '@eos-sgd/optimizers'
export { type EosSgdOptions, eosSgd } from './eos-sgd.ts'
export { type Training, type TrainOptions, train } from './train.ts'
