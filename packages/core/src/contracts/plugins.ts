import type { Tensor, Vector } from '@eos-sgd/graph'
import type { EdgeContext, InitContext, StepContext } from './context.ts'
import type { Geometry } from './geometry.ts'
import type { DirectionFacts } from './rate-rule.ts'
import type { Point, State, Tensors } from './state.ts'

/** The version of the plugin contracts; `define*` stamps it and `compose` refuses another. */
export const contractVersion = 1

/** Constants of the rule `contact` that belong to a direction. */
export interface ContactConstants {
  /** Growth of the rate per step while ramping: `rate *= 1 + growth`. */
  readonly growth: number
  /** The held rate as a multiple of the rate at first contact. */
  readonly hold: number
  /** Tolerated gap between iterate and average, in units of the average's progress per doubling. */
  readonly ratio: number
  /** The first rate as a multiple of what the line search finds. */
  readonly start: number
}

/** Gradient to step direction `u`; the step is `theta - rate * u`. Traced into the step. */
export interface Direction<S extends State> {
  readonly name: string
  readonly version?: number
  /** Stability gain of the linear filter in front of the geometry: edge at `rate * scale * sharpness = 2 / gain`. */
  readonly gain?: number
  /** False where its geometry is a norm without an inner product; unknown before it is traced by default. */
  readonly innerProduct?: boolean
  init(context: InitContext): S
  /** `direction = scale * dualNorm(q) * lmo(q)` for the filtered gradient `q`; scale is 1 unless the step is normalised. */
  direction(
    context: StepContext,
    state: S,
  ): { readonly direction: Vector; readonly geometry: Geometry; readonly scale?: Tensor; readonly state: S }
  readonly contact?: ContactConstants
  /** After a rejected step: first moments cleared; second moments, their count and subspaces kept. */
  restart(state: S): S
}

/** What one measurement costs, for honest accounting. */
export interface Cost {
  readonly gradients: number
  readonly hvps: number
  readonly forwards: number
}

/** Measures sharpness in the direction's geometry; provides the signals `sharpness` and `residual`. Traced. */
export interface CurvatureEstimator<S extends State> {
  readonly name: string
  readonly version?: number
  readonly cost: Cost
  /** Throws an `EosError` when it cannot measure in this direction's geometry; called once, when composed. */
  accepts?(direction: DirectionFacts): void
  init(context: InitContext): S
  /** Sharpness in loss per squared length of the geometry; residual in the same unit. */
  estimate(
    context: EdgeContext,
    state: S,
  ): { readonly sharpness: Tensor; readonly residual?: Tensor; readonly diagnostics?: Tensors; readonly state: S }
}

/** Measures gradient noise; provides the signals that it names. Traced. */
export interface NoiseTracker<S extends State> {
  readonly name: string
  readonly version?: number
  /** What it provides: `variance`, or `gap` and `drop`, ... */
  readonly signals: readonly string[]
  readonly cost: Cost
  init(context: InitContext): S
  update(
    context: EdgeContext,
    state: S,
  ): { readonly signals: Tensors; readonly diagnostics?: Tensors; readonly state: S }
  /** Remember this moment; the host decides when. */
  mark?(context: { readonly mean: Point }, state: S): S
}

/**
 * Weight decay, applied when a step is accepted, before the update: absolute (decoupled) or relative to the step.
 * `step` counts batches from 1, rejected ones included. Traced.
 */
export interface Decay {
  readonly name: string
  readonly version?: number
  apply(params: Vector, direction: Vector, rate: Tensor, step: Tensor): Vector
}

/** What a boundary decides from: the direction's gain, the rate of the last step, and the noise. */
export interface BoundaryState {
  readonly gain?: number
  readonly rate: number
  /** Trace of the covariance of the batch gradient. */
  readonly variance: number
  /** Squared norm of the mean gradient, in the same unit: the variance has one, their ratio has none. */
  readonly squaredGradient: number
}

/** Largest stable `rate * scale * sharpness` for this direction, noise and momentum; dimensionless. On the host. */
export interface StabilityBoundary {
  readonly name: string
  readonly version?: number
  threshold(state: BoundaryState): number
}

/** Weight of the newest point in the evaluated average. On the host. */
export interface Readout {
  readonly name: string
  readonly version?: number
  /** True where the evaluated weights are the current ones and no average is kept. */
  readonly last?: boolean
  /** `accepted` counts this step too, so the first call is `weight(1)`. */
  weight(accepted: number): number
}
