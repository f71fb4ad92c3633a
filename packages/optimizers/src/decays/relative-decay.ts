import { type Decay, defineDecay } from '@eos-sgd/core'
import { cast, greater, reduceSumSquare, sizeOf, type Tensor } from '@eos-sgd/graph'
import { notNegative, whole } from '../options.ts'

/** Options of {@link relativeDecay}. */
export interface RelativeDecayOptions {
  /** Decay per length of the step, relative to the weights. 0.1 by default. */
  readonly strength?: number
  /** Batches before it begins. 5 by default: it acts from the sixth. */
  readonly after?: number
  /** Parameters of fewer entries are left alone. 64 by default. */
  readonly minimumSize?: number
  /** The largest share that one step takes. 0.5 by default. */
  readonly most?: number
}

/**
 * Decay relative to the step, so that it has no unit: parameter by parameter
 * `theta *= 1 - min(most, strength * rate * ||u||/||theta||)`. It must use the rate of the step: annealing one without
 * the other ruins the end of a run. Cost: three passes. Source: controller.md, section 2.
 */
export function relativeDecay({
  strength = 0.1,
  after = 5,
  minimumSize = 64,
  most = 0.5,
}: RelativeDecayOptions = {}): Decay {
  notNegative('relativeDecay', 'strength', strength)
  notNegative('relativeDecay', 'after', after)
  notNegative('relativeDecay', 'most', most)
  whole('relativeDecay', 'minimumSize', minimumSize)
  return defineDecay({
    name: 'relative decay',
    apply: (params, direction, rate, step) => {
      const active = cast(greater(step, after), rate.dtype).mul(strength)
      const share = (w: Tensor, u: Tensor): Tensor =>
        reduceSumSquare(u).div(reduceSumSquare(w).max(1e-37)).sqrt().mul(rate).mul(active).min(most)
      return params.map(
        (leaf, w, u) =>
          leaf.decay && !leaf.frozen && sizeOf(leaf.shape) >= minimumSize
            ? w.mul(
                share(w, u as Tensor)
                  .neg()
                  .add(1),
              )
            : w,
        direction,
      )
    },
  })
}
