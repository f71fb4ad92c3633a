import type { Tensor, Vector } from '@eos-sgd/graph'
import type { Geometry } from './geometry.ts'
import type { Point, Tensors } from './state.ts'

/** Options of a Hessian-vector product. */
export interface HvpOptions {
  /** The point; the current parameters by default. */
  readonly at?: Vector
  /** Which matrix: the Hessian, or the Gauss-Newton matrix `J' (d2 loss / d output2) J`, at the cost of a gradient. */
  readonly of?: 'hessian' | 'gaussNewton'
}

/** Data means over the batch at hand; every call in one batch sees the same random draws. */
export interface Batch {
  /** Mean loss, a scalar. Cost: a forward. */
  loss(at?: Vector): Tensor
  /** Gradient of the mean loss. Cost: a gradient (three forwards). */
  gradient(at?: Vector): Vector
  /** Product of the batch's Hessian with `v`. Cost: two gradients. */
  hvp(v: Vector, options?: HvpOptions): Vector
  /** The running statistics after this batch has passed through. */
  buffersAfter(at?: Vector): Vector
  /** Trace of the covariance of `gradient()`, from the spread over micro-batches and ranks. */
  gradientVariance(at?: Vector): Tensor
  /** The `i`-th of `of` equal slices of the batch. Throws `BATCH_PART` when the batch is not divisible. */
  part(i: number, of: number): Batch
}

/** What a direction sees. `scalars` are what the host sends with this request: `rate`, `weight`, `step`. */
export interface StepContext extends Batch {
  readonly point: Point
  readonly scalars: Tensors
}

/**
 * What estimators and trackers see: the direction of this step is known. `mean` in measure and mark: the readout with
 * this iterate in it; in observe: the stored one, without it. `previousDirection` starts at zero. `scalars.rate` is
 * the rate of the last accepted step, 0 before the first.
 */
export interface EdgeContext extends StepContext {
  readonly direction: Vector
  readonly previousDirection: Vector
  readonly geometry: Geometry
  /** The direction's scale; absent where it is 1: the edge lies at `rate * scale * sharpness = 2 / gain`. */
  readonly scale?: Tensor
  /** The direction's stability gain, where it declares one. */
  readonly gain?: number
  readonly mean: Point
}

/** Traced once, before the first batch. Random tensors are inputs that the host fills from (seed, stream). */
export interface InitContext {
  readonly point: Point
  zeros(): Vector
  /** Standard normal, shaped like the parameters. */
  normal(stream: string): Vector
  normalOf(shape: readonly number[], stream: string): Tensor
}
