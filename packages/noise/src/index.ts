/**
 * Trackers of gradient noise that run inside a training step.
 * @module
 */
export { defineNoiseTracker, type EdgeContext, type InitContext, type NoiseTracker } from '@eos-sgd/core'
export { type MovingAverageState, movingAverage } from './trackers/moving-average.ts'
export { type TemperatureOptions, type TemperatureState, temperature } from './trackers/temperature.ts'
