import { EosError, gelu, relu, sigmoid, type Tensor, tanh } from '@eos-sgd/graph'

/** A function of one tensor, elementwise. */
export type Activation = (x: Tensor) => Tensor

const silu: Activation = (x) => x.mul(sigmoid(x))

/**
 * Activations by name: `relu` = max(x, 0); `tanh`; `sigmoid` = 1/(1 + e^-x); `gelu` = x (1 + erf(x/sqrt 2))/2, exact,
 * not the tanh approximation; `silu` = x sigmoid(x).
 */
const activations = { relu, tanh, sigmoid, gelu, silu } as const satisfies Record<string, Activation>

export type ActivationName = keyof typeof activations

/** The activation of that name, or the function given. Throws `ACTIVATION` for an unknown name. */
export function activationOf(activation: ActivationName | Activation): Activation {
  if (typeof activation === 'function') return activation
  const found = Object.hasOwn(activations, activation) ? activations[activation] : undefined
  if (!found)
    throw new EosError('ACTIVATION', `There is no activation "${String(activation)}".`, {
      hint: `There are ${Object.keys(activations).join(', ')}; or pass a function of a tensor.`,
    })
  return found
}
