import { defineNoiseTracker, EosError, type NoiseTracker } from '@eos-sgd/core'
import type { Vector } from '@eos-sgd/graph'

/** Two snapshots of the averaged weights. */
export type TemperatureState = { readonly older: Vector; readonly newer: Vector }

/** Options of {@link temperature}. */
export interface TemperatureOptions {
  /** Compare on one slice of so many equal ones of the batch: cheaper and noisier. 1 by default: the whole batch. */
  readonly part?: number
}

/**
 * What the iterate's noise costs, and what the average still gains: `gap = L(theta) - L(mean)` and
 * `drop = L(older mean) - L(mean)`, all on the live batch, in units of the loss. `mean` is the readout with this
 * iterate in it; `older` a snapshot that the rate rule's `mark` moves on, at first the initial weights.
 * A gap above a share of the drop per doubling means that noise, not distance, is what limits the loss.
 *
 * Cost: two forwards on the whole batch (three, each a part-th, on a slice). State: two vectors; passes only when asked.
 * Source: controller.md, section 2.
 */
export function temperature({ part = 1 }: TemperatureOptions = {}): NoiseTracker<TemperatureState> {
  if (!(Number.isInteger(part) && part >= 1))
    throw new EosError('OPTION', `temperature: option "part" must be a whole number above 0, got ${part}.`, {
      hint: 'Leave it out for the whole batch.',
    })
  return defineNoiseTracker({
    name: 'temperature',
    signals: ['gap', 'drop'],
    cost: { gradients: 0, hvps: 0, forwards: part === 1 ? 2 : 3 / part },
    init: ({ point }) => ({ older: point.params, newer: point.params }),
    update(context, state) {
      const batch = part === 1 ? context : context.part(0, part)
      const atMean = batch.loss(context.mean.params)
      return {
        signals: { gap: batch.loss().sub(atMean), drop: batch.loss(state.older).sub(atMean) },
        state,
      }
    },
    mark: ({ mean }, { newer }) => ({ older: newer, newer: mean.params }),
  })
}
