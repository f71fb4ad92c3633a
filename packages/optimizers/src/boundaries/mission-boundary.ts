import { defineStabilityBoundary } from '@eos-sgd/core'
import type { Boundary } from './boundary.ts'

/** Options of {@link missionBoundary}. */
export interface MissionBoundaryOptions {
  /** Signed weight of the noise, in one over the root of the loss. 0 by default: no noise term. */
  readonly c?: number
}

/** The least numerator: a strongly negative `c` must not turn the rate around. */
const least = 0.02

/**
 * `2 + c sqrt(rate * variance)`, at least .02: the project's own formula, with the rate of the previous step and
 * `variance` the trace of the gradient's covariance. It knows no momentum, and `c` has a unit: multiplying the loss by
 * k multiplies the noise term by the root of k. A positive `c` feeds back on itself (stability.md, section 4.1).
 */
export const missionBoundary = ({ c = 0 }: MissionBoundaryOptions = {}): Boundary => ({
  ...defineStabilityBoundary({
    name: c === 0 ? '2' : `2 ${c < 0 ? '-' : '+'} ${Math.abs(c)} sqrt(rate variance)`,
    threshold: ({ rate, variance }) => Math.max(least, 2 + (c === 0 ? 0 : c * Math.sqrt(rate * variance))),
  }),
  ...(c === 0 ? {} : { signals: ['variance'] }),
})
