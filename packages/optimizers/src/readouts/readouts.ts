import { defineReadout, type Readout } from '@eos-sgd/core'
import { notNegative } from '../options.ts'

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
