import { defineRateRule, type Json, type Move, type RateRule, type Scalars } from '@eos-sgd/core'
import type { Boundary } from '../boundaries/boundary.ts'
import { notNegative, positive, whole } from '../options.ts'
import { afterRejection, isOutlier, type LossStatistics, noLosses, withLoss } from './loss-statistics.ts'

/** Options of {@link track}. */
export interface TrackOptions {
  /** Largest stable `rate * scale * sharpness`. */
  readonly boundary: Boundary
  /** Batches between measurements of the sharpness. 10 by default. */
  readonly every?: number
  /** The share of the stable rate that is used; 1 for the formula as it stands. 0.9 by default. */
  readonly safety?: number
  /** The rate rises by at most this share per step; Infinity for the formula as it stands. 0.05 by default. */
  readonly growth?: number
  /** Largest rate. Infinity by default. */
  readonly max?: number
  /** The rate that the growth starts from, and the rate until a sharpness is known. 1e-4 by default. */
  readonly first?: number
  /** Measurements on the first batch before the first step; 0 for the formula as it stands. 20 by default. */
  readonly initial?: number
  /** A sharpness below it counts as this much. 1e-6 by default. */
  readonly floor?: number
  /**
   * Whether a batch whose loss is not finite, or an outlier, sends the run back to its mean with half the rate; false
   * for the formula as it stands. True by default: a step beyond the edge would else lead where the sharpness is
   * small, and the formula would follow it there.
   */
  readonly trust?: boolean
}

/** Host state of {@link track}. */
export interface TrackState extends LossStatistics {
  readonly rate: number
  readonly t: number
  readonly sharpness: number | null
  readonly variance: number
  readonly squaredGradient: number
  /** The stable rate as it was last found. */
  readonly edge: number | null
  readonly clippedBy: 'max' | 'growth' | 'floor' | 'missing sharpness' | null
  readonly rejections: number
}

/**
 * The rate follows a measured edge: `rate = safety * boundary/(scale * max(sharpness, floor))`, held between
 * measurements, rising by at most `growth` per step, never above `max`. With `missionBoundary` it is
 * `(2 + c sqrt(rate variance))/lambda_max` (stability.md, section 4).
 *
 * A sharpness that is not finite leaves the rate as it is and is reported. A batch that is not to be trusted (`trust`)
 * commits nothing. Cost: what the estimator costs, every `every` batches.
 */
export function track(options: TrackOptions): RateRule<TrackState> {
  const c = {
    every: 10,
    safety: 0.9,
    growth: 0.05,
    max: Infinity,
    first: 1e-4,
    initial: 20,
    floor: 1e-6,
    trust: true,
    ...options,
  }
  for (const key of ['safety', 'growth', 'max', 'first'] as const) positive('track', key, c[key])
  whole('track', 'every', c.every)
  whole('track', 'initial', c.initial, 0)
  notNegative('track', 'floor', c.floor)
  const { boundary } = c
  const noise = boundary.signals ?? []
  return defineRateRule<TrackState>({
    name: `track ${boundary.name}`,
    needs: ['sharpness', ...noise],
    accepts: ({ gain }) =>
      void boundary.threshold({ rate: c.first, ...noNoise, ...(gain === undefined ? {} : { gain }) }),
    start: () => ({
      ...noLosses,
      rate: c.first,
      t: 0,
      sharpness: null,
      ...noNoise,
      edge: null,
      clippedBy: null,
      rejections: 0,
    }),

    *step(h, { gain }): Generator<Move, TrackState, Scalars> {
      if (h.t === 0) for (let i = 0; i < c.initial; i++) yield { move: 'observe', signals: ['sharpness'] }
      const due = h.t % c.every === 0
      const m = yield { move: 'measure', signals: due ? ['sharpness', ...noise] : noise }
      const { loss, slope } = m as { loss: number; slope: number }
      if (c.trust && (!Number.isFinite(loss) || !Number.isFinite(slope) || isOutlier(h, loss))) {
        yield { move: 'restore' }
        return { ...h, ...afterRejection(h), t: h.t + 1, rate: h.rate / 2, rejections: h.rejections + 1 }
      }
      const variance = finite(m['variance']) ?? h.variance
      const squaredGradient = finite(m['squaredGradient']) ?? h.squaredGradient
      const sharpness = (due ? finite(m['sharpness']) : null) ?? h.sharpness
      const missing = sharpness === null || (due && finite(m['sharpness']) === null)

      let { rate, edge } = h
      let clippedBy: TrackState['clippedBy'] = missing ? 'missing sharpness' : null
      if (!missing) {
        const known = { rate: h.rate, variance, squaredGradient, ...(gain === undefined ? {} : { gain }) }
        const threshold = boundary.threshold(known)
        if (sharpness < c.floor) clippedBy = 'floor'
        edge = threshold / (finite(m['scale']) ?? 1) / Math.max(sharpness, c.floor)
        rate = c.safety * edge
        const fastest = h.rate * (1 + c.growth)
        if (rate > fastest) [rate, clippedBy] = [fastest, 'growth']
        if (rate > c.max) [rate, clippedBy] = [c.max, 'max']
        if (!Number.isFinite(rate)) [rate, edge, clippedBy] = [h.rate, null, 'missing sharpness']
      }
      yield { move: 'accept', rate }
      return { ...h, ...withLoss(h, loss), rate, t: h.t + 1, sharpness, variance, squaredGradient, edge, clippedBy }
    },

    report: ({ rate, sharpness, edge, variance, squaredGradient, clippedBy, rejections }): Report => ({
      rate,
      sharpness,
      edge,
      ...(noise.includes('variance') ? { variance } : {}),
      ...(noise.includes('squaredGradient') ? { squaredGradient } : {}),
      clippedBy,
      rejections,
    }),
  })
}

type Report = Readonly<Record<string, Json>>

const noNoise = { variance: 0, squaredGradient: 0 }

/** The number, or null where there is none that can be used. */
const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null
