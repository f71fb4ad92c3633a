/**
 * Directions with their geometries, rate rules with their boundaries, decays, readouts, and the baselines made of them.
 * @module
 */
export { adam } from './algorithms/adam.ts'
export { type AdamWOptions, adamW } from './algorithms/adam-w.ts'
export type { Baseline, BaselineOptions } from './algorithms/baseline.ts'
export { lamb } from './algorithms/lamb.ts'
export { qhAdam } from './algorithms/qh-adam.ts'
export { type MomentumOptions, sgd } from './algorithms/sgd.ts'
export type { Boundary } from './boundaries/boundary.ts'
export { type DimensionlessBoundaryOptions, dimensionlessBoundary } from './boundaries/dimensionless-boundary.ts'
export { gainBoundary } from './boundaries/gain-boundary.ts'
export { type MissionBoundaryOptions, missionBoundary } from './boundaries/mission-boundary.ts'
export { smallBatchBoundary } from './boundaries/small-batch-boundary.ts'
export { absoluteDecay } from './decays/absolute-decay.ts'
export { type RelativeDecayOptions, relativeDecay } from './decays/relative-decay.ts'
export { adamDirection } from './directions/adam.ts'
export type { AdamConstants, AdamState, QHAdamConstants } from './directions/adam-moments.ts'
export { type HeavyBallOptions, heavyBall } from './directions/heavy-ball.ts'
export { type LambConstants, lambDirection } from './directions/lamb.ts'
export { type NesterovOptions, nesterov } from './directions/nesterov.ts'
export { type NewtonSchulzOptions, newtonSchulz, type Polar } from './directions/newton-schulz.ts'
export {
  type OrthogonalisedMomentumOptions,
  type OrthogonalisedMomentumState,
  orthogonalisedMomentum,
} from './directions/orthogonalised-momentum.ts'
export { type CheapPolar, cheapPolar, type Polars, pol, pols } from './directions/polar.ts'
export { qhAdamDirection } from './directions/qh-adam.ts'
export { diagonal } from './geometries/diagonal.ts'
export { euclidean } from './geometries/euclidean.ts'
export { type Block, product } from './geometries/product.ts'
export { aspectRadius, type SpectralOptions, spectral } from './geometries/spectral.ts'
export { contact } from './rates/contact.ts'
export type { ContactOptions } from './rates/contact-options.ts'
export type { ContactState } from './rates/contact-state.ts'
export {
  type CosineDecayOptions,
  constant,
  cosineDecay,
  type LinearDecayOptions,
  linearDecay,
  type ScheduleState,
  schedule,
  warmUp,
} from './rates/schedule.ts'
export { type TrackOptions, type TrackState, track } from './rates/track.ts'
export { exponentialAverage, last, polynomialAverage } from './readouts/readouts.ts'
