import { type CurvatureEstimator, defineCurvatureEstimator, EosError } from '@eos-sgd/core'
import { constant, greater, type Tensor, where } from '@eos-sgd/graph'

/** Numerator and denominator of the secant share; slope and scale of the last step. */
export type SecantState = { readonly hn: Tensor; readonly hd: Tensor; readonly slope: Tensor; readonly scale: Tensor }

/**
 * The free secant: sharpness along the last step from two gradients that are there anyway.
 * `h = EMA(<g_t, u_(t-1)>)/EMA(<g_(t-1), u_(t-1)>)`; on a quadratic `h = (1 - nu) - rate * u.Hu/(g.u)` with `nu` the
 * share of noise in the slope. `h = -1` is the edge of the expected step, noise included, and is put at
 * `rate * scale * sharpness = 2/gain`: `sharpness = (1 - h)/(rate * scale * gain)`, in the step's own geometry
 * (controller.md, section 1).
 *
 * To be asked at every step, so that slope and direction belong together; missing (NaN) before the second, and where the
 * steps of late did not descend. The average is of consecutive batches, so `rate` should change slowly. Cost: no product,
 * no gradient, two inner products that `measure` computes too. Unit: loss per squared length of the geometry.
 */
export function secant({ smoothing = 0.85 }: { readonly smoothing?: number } = {}): CurvatureEstimator<SecantState> {
  if (!(smoothing >= 0 && smoothing < 1))
    throw new EosError('OPTION', `secant: option "smoothing" must lie in [0, 1), got ${smoothing}.`, {
      hint: 'Leave it out for 0.85.',
    })
  return defineCurvatureEstimator({
    name: 'secant',
    cost: { gradients: 0, hvps: 0, forwards: 0 },
    init: () => ({ hn: constant(0), hd: constant(0), slope: constant(0), scale: constant(1) }),
    estimate(context, state) {
      const gradient = context.gradient()
      const mix = (old: Tensor, now: Tensor): Tensor => old.mul(smoothing).add(now.mul(1 - smoothing))
      const hn = mix(state.hn, gradient.dot(context.previousDirection))
      const hd = mix(state.hd, state.slope)
      const rate = context.scalars['rate'] as Tensor
      return {
        sharpness: where(greater(hd, 0), hd.sub(hn), Number.NaN).div(
          hd
            .mul(rate)
            .mul(state.scale)
            .mul(context.gain ?? 1),
        ),
        diagnostics: { h: hn.div(hd) },
        state: { hn, hd, slope: gradient.dot(context.direction), scale: context.scale ?? constant(1) },
      }
    },
  })
}
