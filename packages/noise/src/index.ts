/**
 * Trackers of gradient noise that run inside a training step.
 * @module
 */
export { defineNoiseTracker, type EdgeContext, type InitContext, type NoiseTracker } from '@eos-sgd/core'
export type { NoiseAverages } from './trackers/averages.ts'
export { type MovingAverageState, movingAverage } from './trackers/moving-average.ts'
export { type TemperatureOptions, type TemperatureState, temperature } from './trackers/temperature.ts'
export { twoHalves } from './trackers/two-halves.ts'
export { withinStep } from './trackers/within-step.ts'
