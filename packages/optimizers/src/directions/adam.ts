import { type Direction, defineDirection } from '@eos-sgd/core'
import { diagonal } from '../geometries/diagonal.ts'
import {
  type AdamConstants,
  type AdamState,
  adamMoments,
  checkAdam,
  restartMoments,
  zeroMoments,
} from './adam-moments.ts'

/**
 * Adam's direction (Kingma and Ba 2015): `mhat/(sqrt(vhat) + epsilon)`, bias-corrected as in PyTorch.
 *
 * Geometry: diagonal, `P = sqrt(vhat) + epsilon`. Gain of its filter `(1 - beta1)/(1 + beta1)`: the edge is
 * `rate * lambda_max(P^-1 H) = 2(1 + beta1)/(1 - beta1)`, 38 at 0.9 (Cohen et al. 2022; stability.md, section 2).
 * State: two vectors and a count. Passes over the parameters: 9.
 */
export function adamDirection(options: AdamConstants = {}): Direction<AdamState> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options
  checkAdam('adamDirection', { beta1, beta2, epsilon })
  return defineDirection({
    name: 'Adam',
    gain: (1 - beta1) / (1 + beta1),
    contact: { growth: 0.05, hold: 2, ratio: 1, start: 1 / 16 },
    init: (context) => zeroMoments(context.zeros()),
    direction(context, state) {
      const step = adamMoments(context.gradient(), state, { beta1, beta2, epsilon })
      return { direction: step.direction, geometry: diagonal(step.scale), state: step.state }
    },
    restart: restartMoments,
  })
}
