import { type Decay, defineDecay } from '@eos-sgd/core'
import { notNegative } from '../options.ts'

/**
 * Decoupled weight decay (Loshchilov and Hutter 2019): `theta *= 1 - rate * decay`, before the update, on parameters
 * that decay. `decay` in one over the unit of the rate; 0.1 by default. Cost: a pass.
 */
export function absoluteDecay({ decay = 0.1 }: { readonly decay?: number } = {}): Decay {
  notNegative('absoluteDecay', 'decay', decay)
  return defineDecay({
    name: 'absolute decay',
    apply: (params, _direction, rate) => {
      const factor = rate.mul(-decay).add(1)
      return params.map((leaf, w) => (leaf.decay && !leaf.frozen ? w.mul(factor) : w))
    },
  })
}
