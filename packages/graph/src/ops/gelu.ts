import { apply1 } from '../apply.ts'
import { defineOp } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { add, mul, sub } from './arithmetic.ts'
import { erf, erfOf, exp } from './elementary.ts'
import { evaluateElementwise, inferFloat } from './elementwise.ts'
import { constant } from './leaf.ts'

/**
 * `x Phi(x)`, `Phi` the normal distribution function: `x (1 + erf u)/2` with `u = x/sqrt 2`. Exact, not the tanh
 * approximation. Its slope is `Phi(x) + x Phi'(x) = (1 + erf u + u 2/sqrt(pi) e^(-u^2))/2`.
 */
export const Gelu = defineOp({
  type: 'Gelu',
  infer: inferFloat,
  evaluate: evaluateElementwise((x) => 0.5 * (x as number) * (1 + erfOf((x as number) * Math.SQRT1_2))),
  tangent: (node, [dx]) => {
    if (!dx) return [undefined]
    const u = mul(node.inputs[0] as Tensor, Math.SQRT1_2)
    // The factor of the bell goes into its exponent, and the half to where a product takes it for nothing.
    const bell = exp(sub(constant(Math.log(2 / Math.sqrt(Math.PI)), [], u.dtype), mul(u, u)))
    return [mul(mul(dx, add(add(erf(u), 1), mul(u, bell))), 0.5)]
  },
})

/** Gaussian error linear unit `x (1 + erf(x/sqrt 2))/2`, exact. Source: Hendrycks and Gimpel, arXiv:1606.08415. */
export const gelu = (x: Tensor): Tensor => apply1(Gelu, [x])
