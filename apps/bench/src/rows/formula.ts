import { compose } from '@eos-sgd/core'
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
import type { BuiltRow, Row } from './row.ts'

/** Heavy ball with momentum .9 whose rate follows the largest eigenvalue of the batch's Hessian; averaged weights. */
function tracked(options: TrackOptions): BuiltRow {
  const direction = heavyBall()
  const noise = options.boundary.signals ? { noise: movingAverage() } : {}
  return {
    algorithm: compose({
      direction,
      rate: track(options),
      curvature: powerIteration(),
      readout: polynomialAverage(),
      ...noise,
    }),
    gain: direction.gain ?? null,
    prepare: (task) => task,
  }
}

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
    build: () => tracked({ boundary: missionBoundary({ c: -1 }), ...unguarded }),
  },
  {
    name: 'formula-safe',
    title: 'formula, made safe',
    kind: 'formula',
    description:
      'The formula with the momentum-corrected edge 2/gain, initial iterations, a growth cap, a sharpness floor, the safety factor .9, and outlying batches taken back; lambda every 10 steps.',
    build: () => tracked({ boundary: gainBoundary() }),
  },
  {
    name: 'formula-one-minus-mu',
    title: 'formula, 2(1 - mu)',
    kind: 'formula',
    description: 'The formula made safe, with the threshold 2(1 - mu) of small batches for the momentum mu = .9.',
    build: () => tracked({ boundary: smallBatchBoundary() }),
  },
]
