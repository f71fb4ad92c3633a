import type { Move, Scalars } from '@eos-sgd/core'

/** Below this share of the loss a first-order change is lost in float32: rounding would read as curvature. */
const resolution = 1e-5
const mostProbes = 40

/**
 * Line search on one batch for the largest rate with `zeta <= 1/2`, by halving or doubling from `from`.
 * `zeta(eta) = 1 + (L(theta - eta u) - L(theta))/(eta g.u)` is `eta * sharpness / 2` along the direction (CDAT;
 * stability.md, section 3.4), so it stops where the loss would be lowest. `zeta` counts as 0 where `eta g.u` is below
 * 1e-5 of the loss. Cost: at most 41 forwards; 5 to 8 in practice, once per run.
 */
export function* lineSearch(from: number, loss: number, slope: number): Generator<Move, number, Scalars> {
  function* tooFar(rate: number): Generator<Move, number, Scalars> {
    if (rate * slope < resolution * Math.abs(loss)) return 0
    const probe = yield { move: 'probe', rate }
    const reached = probe['loss'] as number
    return Number.isFinite(reached) ? 1 + (reached - loss) / (rate * slope) : Number.POSITIVE_INFINITY
  }
  let rate = from
  let left = mostProbes
  if ((yield* tooFar(rate)) > 0.5) {
    do rate /= 2
    while (--left && (yield* tooFar(rate)) > 0.5)
  } else while (--left && (yield* tooFar(2 * rate)) < 0.5) rate *= 2
  return rate
}
