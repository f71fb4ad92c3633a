import { type CurvatureEstimator, compose, type NoiseTracker, type State } from '@eos-sgd/core'
import { powerIteration } from '@eos-sgd/curvature'
import { movingAverage } from '@eos-sgd/noise'
import {
  gainBoundary,
  heavyBall,
  missionBoundary,
  polynomialAverage,
  smallBatchBoundary,
  type TrackOptions,
  track,
} from '@eos-sgd/optimizers'
import { inGradients } from './cost.ts'
import { formulaRow } from './names.ts'
import type { BuiltRow, Change, Row, RowContext } from './row.ts'

/** Steps between measurements of the sharpness, and measurements before the first step, unless a row says otherwise. */
export const usualCadence = 10
const usualInitial = 20

/** Parts whose state is nobody else's business. */
export type Estimator = CurvatureEstimator<State>
export type Tracker = NoiseTracker<State>

/** What the rate is computed from, beside the options of `track`. */
export interface TrackedOptions extends Partial<TrackOptions> {
  readonly curvature?: Estimator
  readonly noise?: Tracker
  readonly microBatches?: number
}

/**
 * Heavy ball with momentum .9 whose rate is .9 times the threshold 2(1 - mu) over the largest eigenvalue of the batch's
 * Hessian, by power iteration every 10 steps, with the safeguards of `track`; averaged weights.
 */
export function tracked(
  { steps }: RowContext,
  {
    curvature = powerIteration() as Estimator,
    noise = movingAverage() as Tracker,
    microBatches,
    boundary = smallBatchBoundary(),
    every = usualCadence,
    initial = usualInitial,
    ...options
  }: TrackedOptions = {},
): BuiltRow {
  const direction = heavyBall()
  const reads = boundary.signals ?? []
  return {
    algorithm: compose({
      direction,
      rate: track({ boundary, every, initial, ...options }),
      curvature,
      readout: polynomialAverage(),
      ...(reads.length > 0 ? { noise } : {}),
    }),
    cost:
      1 +
      inGradients(curvature.cost) * (1 / every + initial / steps) +
      (reads.length > 0 ? inGradients(noise.cost) : 0),
    gain: direction.gain ?? null,
    ...(microBatches === undefined ? {} : { microBatches }),
  }
}

/** A row of the formula in which one part is exchanged. */
export const formulaChange = (row: Omit<Row, 'kind' | 'change'>, part: Change['part'], from = formulaRow): Row => ({
  ...row,
  kind: 'formula',
  change: { part, from },
})

/** No safeguard of `track` is left. */
const unguarded = { every: 1, safety: 1, growth: Number.POSITIVE_INFINITY, initial: 0, floor: 0, trust: false } as const

/** The rate as a formula of the largest Hessian eigenvalue. */
export const formula: readonly Row[] = [
  {
    name: 'formula-literal',
    title: 'formula, literal',
    kind: 'formula',
    description:
      'eta = (2 + c sqrt(eta sigma^2))/lambda as it stands, c = -1: heavy ball, lambda by power iteration at every step, no safeguard.',
    build: (context) => tracked(context, { boundary: missionBoundary({ c: -1 }), ...unguarded }),
  },
  formulaChange(
    {
      name: 'formula-safe',
      title: 'formula, made safe',
      description:
        'The formula with the momentum-corrected edge 2/gain, initial iterations, a growth cap, a sharpness floor, the safety factor .9, and outlying batches taken back; lambda every 10 steps.',
      build: (context) => tracked(context, { boundary: gainBoundary() }),
    },
    'boundary',
  ),
  {
    name: formulaRow,
    title: 'formula, 2(1 - mu)',
    kind: 'formula',
    description: 'The formula made safe, with the threshold 2(1 - mu) of small batches for the momentum mu = .9.',
    build: (context) => tracked(context),
  },
]
