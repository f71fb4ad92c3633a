import { type Algorithm, type ComposedHost, type ComposedState, compose, type Parts, type State } from '@eos-sgd/core'
import { powerIteration } from '@eos-sgd/curvature'
import { movingAverage, temperature } from '@eos-sgd/noise'
import { contact, orthogonalisedMomentum, polynomialAverage, relativeDecay } from '@eos-sgd/optimizers'

/** Parts of EoS-SGD; each left out is the default one. */
export type EosSgdOptions = Partial<Parts<State, unknown, State, State>>

/**
 * EoS-SGD: training without a learning rate.
 *
 * With no argument: orthogonalised momentum, the rate rule `contact` (ramp to the first contact with the edge of
 * stability, hold, let gradient noise lower it) with `temperature` as its noise term, decay relative to the step, and
 * the polynomial average of the iterates as the evaluated weights. No constant of it has the units of the problem.
 *
 * Every part can be exchanged. `eosSgd({ rate: track({ boundary: gainBoundary() }) })` is the formula
 * `eta = safety * threshold / sharpness` made safe. Where a rule needs signals and no part provides them, power
 * iteration (for `sharpness`), a moving average (for `variance`) or the temperature (for `gap`, `drop`) is added.
 * Cost of the default: a gradient, and two forwards every eight steps.
 */
export function eosSgd(
  options: EosSgdOptions = {},
): Algorithm<ComposedState<State, State, State>, ComposedHost<unknown>> {
  const rate = options.rate ?? (contact() as Parts<State, unknown, State, State>['rate'])
  const needs = (signal: string): boolean => rate.needs.includes(signal)
  const parts = {
    direction: orthogonalisedMomentum(),
    decay: relativeDecay(),
    readout: polynomialAverage(),
    ...(needs('sharpness') ? { curvature: powerIteration() } : {}),
    ...(needs('variance') ? { noise: movingAverage() } : needs('gap') || needs('drop') ? { noise: temperature() } : {}),
    ...options,
    rate,
  }
  return compose(parts as unknown as Parts<State, unknown, State, State>)
}
