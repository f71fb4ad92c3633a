import { EosError } from '@eos-sgd/core'
import { constant, type Tensor } from '@eos-sgd/graph'

/** Debiased exponential averages of a variance and of the squared mean gradient, and the number of values in them. */
export type NoiseAverages = { readonly variance: Tensor; readonly squaredGradient: Tensor; readonly count: Tensor }

export const noAverages = (): NoiseAverages => ({
  variance: constant(0),
  squaredGradient: constant(0),
  count: constant(0),
})

/** With one more value of both, so that the weights add up to 1: an average of unbiased values is unbiased. */
export function averaged(
  state: NoiseAverages,
  beta: number,
  now: { readonly variance: Tensor; readonly squaredGradient: Tensor },
): NoiseAverages {
  // beta^(count + 1)
  const kept = state.count
    .add(1)
    .mul(Math.log(beta || 1e-30))
    .exp()
  const share = constant(1 - beta).div(kept.neg().add(1))
  const mix = (old: Tensor, value: Tensor): Tensor => old.add(value.sub(old).mul(share))
  return {
    variance: mix(state.variance, now.variance),
    squaredGradient: mix(state.squaredGradient, now.squaredGradient),
    count: state.count.add(1),
  }
}

/** Throws `OPTION` unless the memory lies in [0, 1). */
export function checkMemory(owner: string, option: string, value: number): void {
  if (!(value >= 0 && value < 1))
    throw new EosError('OPTION', `${owner}: option "${option}" must lie in [0, 1), got ${value}.`, {
      hint: 'Leave it out for 0.9.',
    })
}
