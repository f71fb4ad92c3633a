import { type CurvatureEstimator, defineCurvatureEstimator, type Stateless } from '@eos-sgd/core'
import { abs, constant, greater, less, type Tensor, where } from '@eos-sgd/graph'

/** Below this share of the loss a first-order change is lost in float32: rounding would read as curvature. */
const resolution = 1e-5
/** Length of the first step that is tried, in units of the weights. */
const firstLength = 1e-3

/**
 * Sharpness along the step from one forward pass, without a product: with `eta` the last rate,
 * `zeta = 1 + (L(theta - eta u) - L(theta))/(eta g.u)` is `eta u.Hu/(2 g.u)`, averaged along the step, and above 1 exactly
 * where that step raises the batch's loss (stability.md, section 3.4). So the realised edge, `zeta = 1`, is put at
 * `rate * scale * sharpness = 2/gain`: `sharpness = 2 zeta/(eta * scale * gain)`.
 *
 * For a step without momentum that is `u.Hu/||u||^2` in the direction's own norm. Under momentum it equals the
 * sharpness of the oscillating part at the edge, and exceeds the curvature along u where u goes on downhill.
 *
 * Before the first step `eta = 1e-3 |theta|/|u|`. `zeta` counts as 0 where `eta g.u` is below 1e-5 of the loss. Missing
 * (NaN) where `g.u` is not positive: no descent along u on this batch, so no edge; not finite where the step leaves the
 * finite losses. To be asked with `measure` or `step`, where there is a direction.
 * Diagnostics: `zeta`. Cost: one forward. No state. Unit: loss per squared length of the geometry.
 */
export function realisedEdge(): CurvatureEstimator<Stateless> {
  return defineCurvatureEstimator<Stateless>({
    name: 'realised edge',
    cost: { gradients: 0, hvps: 0, forwards: 1 },
    init: () => ({}),
    estimate(context, state) {
      const { direction, scale = constant(1), gain = 1 } = context
      const { params } = context.point
      const loss = context.loss()
      const slope = context.gradient().dot(direction)
      const last = context.scalars['rate'] as Tensor
      const rate = where(greater(last, 0), last, params.norm().div(direction.norm()).mul(firstLength))
      const reached = context.loss(
        params.map((leaf, w, u) => (leaf.frozen ? w : w.sub((u as Tensor).mul(rate))), direction),
      )
      const expected = rate.mul(slope)
      const share = reached.sub(loss).div(expected).add(1)
      const resolved = where(less(expected, abs(loss).mul(resolution)), 0, share)
      const zeta = where(greater(slope, 0), resolved, Number.NaN)
      return { sharpness: zeta.mul(2 / gain).div(rate.mul(scale)), diagnostics: { zeta }, state }
    },
  })
}
