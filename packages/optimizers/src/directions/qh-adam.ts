import { type Direction, defineDirection } from '@eos-sgd/core'
import { diagonal } from '../geometries/diagonal.ts'
import { share } from '../options.ts'
import {
  type AdamState,
  adamMoments,
  checkAdam,
  type QHAdamConstants,
  restartMoments,
  zeroMoments,
} from './adam-moments.ts'

/**
 * QHAdam's direction (Ma and Yarats 2019), bias-corrected as in the authors' `qhoptim`:
 * `u = ((1 - nu1) g + nu1 mhat)/(sqrt((1 - nu2) g^2 + nu2 vhat) + epsilon)`. By default `nu1 = .7`, `nu2 = 1`,
 * `beta1 = .995`, `beta2 = .999`, `epsilon = 1e-8`, as they recommend; `nu1 = nu2 = 1` is Adam, and `nu1 = beta1` Adam
 * with Nesterov's filter.
 *
 * Geometry: diagonal, `P` the denominator. Gain that of the filter, `(1 + beta1 (1 - 2 nu1))/(1 + beta1)`, for a `P`
 * that changes slowly: the edge is `rate * lambda_max(P^-1 H) = 6.63` by default (stability.md, section 2).
 * State: two vectors and a count. Passes over the parameters: 12, and 3 more where `nu2` is below 1.
 */
export function qhAdamDirection(options: QHAdamConstants = {}): Direction<AdamState> {
  const { beta1 = 0.995, beta2 = 0.999, epsilon = 1e-8, nu1 = 0.7, nu2 = 1 } = options
  checkAdam('qhAdamDirection', { beta1, beta2, epsilon })
  share('qhAdamDirection', 'nu1', nu1)
  share('qhAdamDirection', 'nu2', nu2)
  return defineDirection({
    name: 'QHAdam',
    gain: (1 + beta1 * (1 - 2 * nu1)) / (1 + beta1),
    init: (context) => zeroMoments(context.zeros()),
    direction(context, state) {
      const step = adamMoments(context.gradient(), state, { beta1, beta2, epsilon, nu1, nu2 })
      return { direction: step.direction, geometry: diagonal(step.scale), state: step.state }
    },
    restart: restartMoments,
  })
}
