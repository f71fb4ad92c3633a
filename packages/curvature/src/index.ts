/**
 * Estimators of the sharpness that run inside a training step.
 * @module
 */
export { type CurvatureEstimator, defineCurvatureEstimator, type EdgeContext, type InitContext } from '@eos-sgd/core'
export { type LanczosOptions, lanczos } from './estimators/lanczos.ts'
export { type PowerIterationOptions, powerIteration } from './estimators/power-iteration.ts'
export type { ProductOptions } from './estimators/products.ts'
export { realisedEdge } from './estimators/realised-edge.ts'
export { type SecantState, secant } from './estimators/secant.ts'
