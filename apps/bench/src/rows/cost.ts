import type { Cost } from '@eos-sgd/core'

/** A declared cost in gradients: a forward pass is a third of one, a Hessian product two. */
export const inGradients = ({ gradients, hvps, forwards }: Cost): number => gradients + 2 * hvps + forwards / 3
