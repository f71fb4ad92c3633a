/**
 * Estimators of the sharpness that run inside a training step.
 * @module
 */
export { type CurvatureEstimator, defineCurvatureEstimator, type EdgeContext, type InitContext } from '@eos-sgd/core'
export { type PowerIterationOptions, powerIteration } from './estimators/power-iteration.ts'
export { type SecantState, secant } from './estimators/secant.ts'
