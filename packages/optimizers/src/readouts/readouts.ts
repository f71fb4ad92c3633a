import { defineReadout, type Readout } from '@eos-sgd/core'
import { fraction, notNegative } from '../options.ts'

/** The current weights; no average is kept. */
export const last = (): Readout => defineReadout({ name: 'last', last: true, weight: () => 1 })

/**
 * Polynomial average of the accepted iterates: the n-th enters with weight `min(1, (power + 1)/(n + power))`, so early
 * ones fade as `(n/N)^power`, whatever the length of the run (Shamir and Zhang 2013). Cost: three passes.
 */
export function polynomialAverage({ power = 8 }: { readonly power?: number } = {}): Readout {
  notNegative('polynomialAverage', 'power', power)
  return defineReadout({ name: 'average', weight: (accepted) => Math.min(1, (power + 1) / (accepted + power)) })
}

/**
 * Exponential average of the accepted iterates, bias-corrected: `sum_i decay^(n-i) x_i / sum_i decay^(n-i)` over the
 * first n, so the n-th enters with weight `(1 - decay)/(1 - decay^n)`. It looks back over the last `1/(1 - decay)`
 * steps, 100 by default. Cost: three passes.
 */
export function exponentialAverage({ decay = 0.99 }: { readonly decay?: number } = {}): Readout {
  fraction('exponentialAverage', 'decay', decay)
  const logarithm = Math.log(decay)
  return defineReadout({
    name: 'exponential average',
    // expm1, because 1 - decay^n cancels where the decay is close to 1.
    weight: (accepted) => (decay - 1) / Math.expm1(accepted * logarithm),
  })
}
