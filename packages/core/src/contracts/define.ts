import {
  type CurvatureEstimator,
  contractVersion,
  type Decay,
  type Direction,
  type NoiseTracker,
  type Readout,
  type StabilityBoundary,
} from './plugins.ts'
import type { RateRule } from './rate-rule.ts'
import type { State } from './state.ts'

const stamped = <T extends object>(plugin: T): T => ({ version: contractVersion, ...plugin })

// Typed identities: they infer the state type and stamp the contract version.
export const defineDirection = <S extends State>(plugin: Direction<S>): Direction<S> => stamped(plugin)
export const defineCurvatureEstimator = <S extends State>(plugin: CurvatureEstimator<S>): CurvatureEstimator<S> =>
  stamped(plugin)
export const defineNoiseTracker = <S extends State>(plugin: NoiseTracker<S>): NoiseTracker<S> => stamped(plugin)
export const defineRateRule = <H>(plugin: RateRule<H>): RateRule<H> => stamped(plugin)
export const defineDecay = (plugin: Decay): Decay => stamped(plugin)
export const defineReadout = (plugin: Readout): Readout => stamped(plugin)
export const defineStabilityBoundary = (plugin: StabilityBoundary): StabilityBoundary => stamped(plugin)
