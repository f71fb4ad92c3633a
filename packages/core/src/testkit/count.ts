import type { Vector } from '@eos-sgd/graph'
import type { Batch } from '../contracts/context.ts'

/** What is traced beyond loss and gradient of the step, in units of the whole batch; a Gauss-Newton product is a gradient. */
export interface Calls {
  hvps: number
  gradients: number
  forwards: number
}

/** Options of {@link counted}. */
export interface CountOptions {
  /** The share of the whole batch that `inner` is. 1 by default. */
  readonly share?: number
  /** What is made of every product; the product itself by default. */
  readonly alter?: (product: Vector) => Vector
}

/** `inner`, and every call that costs something is added to `calls`: how a plugin's declared cost is checked. */
export function counted(inner: Batch, calls: Calls, { share = 1, alter = (v) => v }: CountOptions = {}): Batch {
  // Of the step's own batch, loss and gradient are there anyway.
  let [lossKnown, gradientKnown] = [share === 1, share === 1]
  const loss = (at?: Vector): void => {
    if (at || !lossKnown) calls.forwards += share
    lossKnown ||= at === undefined
  }
  const gradient = (at?: Vector): void => {
    if (at || !gradientKnown) calls.gradients += share
    if (at === undefined) [lossKnown, gradientKnown] = [true, true]
  }
  return {
    ...inner,
    hvp: (v, options = {}) => {
      if (options.of === 'gaussNewton') {
        loss(options.at)
        calls.gradients += share
      } else {
        gradient(options.at)
        calls.hvps += share
      }
      return alter(inner.hvp(v, options))
    },
    gradient: (at) => {
      gradient(at)
      return inner.gradient(at)
    },
    loss: (at) => {
      loss(at)
      return inner.loss(at)
    },
    gradientVariance: (at) => {
      gradient(at)
      return inner.gradientVariance(at)
    },
    part: (i, of) => counted(inner.part(i, of), calls, { share: share / of, alter }),
  }
}
