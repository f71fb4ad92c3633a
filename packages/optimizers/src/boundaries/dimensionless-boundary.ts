import { defineStabilityBoundary, EosError } from '@eos-sgd/core'
import type { Boundary } from './boundary.ts'

/** Options of {@link dimensionlessBoundary}. */
export interface DimensionlessBoundaryOptions {
  /** Signed weight of the noise, a pure number: below 0 it lowers the edge, above 0 it raises it. -1 by default. */
  readonly c?: number
}

/** The least threshold as a share of the edge without noise: where all is noise the rate must not stop at zero. */
const least = 0.01

/**
 * `E (1 + c s/(1 + |c| s))` with `s = variance/|G|^2`, the noise-to-signal ratio of the batch gradient, and
 * `E = 2/gain` the edge without noise (2 for a direction that declares no gain). It lies between 0 and `2E`, the signs of
 * c mirror each other about E, and as s is a ratio of equal units a rescaled loss leaves it alone.
 *
 * For `c < 0` it is `E/(1 + |c| s)`. `c = -1` is derived: for a quadratic and a step that is linear in a batch gradient of
 * mean G and covariance C the expected loss falls while the rate is below `2|G|^2/(G.HG + tr(HC))`, so noise lowers the
 * edge by the factor `1/(1 + tr(HC)/G.HG)`, and `tr(HC)/G.HG = s` where the noise is isotropic on the part of the space
 * that G curves in (geometry.md, section 4). It is also the factor of the critical batch size of McCandlish et al. 2018.
 * `c > 0` is the hypothesis that noise widens what is stable; nothing derives it (stability.md, section 4).
 *
 * Needs a tracker of `variance` and `squaredGradient`. A squared gradient that is estimated below 0 counts as 0; the
 * threshold is at least .01 E.
 */
export function dimensionlessBoundary({ c = -1 }: DimensionlessBoundaryOptions = {}): Boundary {
  if (!Number.isFinite(c))
    throw new EosError('OPTION', `dimensionlessBoundary: option "c" must be a finite number, got ${c}.`, {
      hint: 'Leave it out for -1.',
    })
  return {
    ...defineStabilityBoundary({
      name: c === 0 ? '2/gain' : `2/gain ${c < 0 ? '-' : '+'} ${Math.abs(c)} noise/signal`,
      threshold({ gain = 1, variance, squaredGradient }) {
        const edge = 2 / gain
        const bent = Math.max(0, squaredGradient) + Math.abs(c) * variance
        return edge * Math.max(least, bent > 0 ? 1 + (c * variance) / bent : 1)
      },
    }),
    ...(c === 0 ? {} : { signals: ['variance', 'squaredGradient'] }),
  }
}
