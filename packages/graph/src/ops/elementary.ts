import { apply1 } from '../apply.ts'
import { defineOp, type Operator } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { add, div, mul, neg, sub } from './arithmetic.ts'
import { evaluateElementwise, inferFloat } from './elementwise.ts'
import { constant, scalarValue } from './leaf.ts'

/** A smooth function of one variable with its derivative, in terms of input `x` and output `y`. */
const smooth = (type: string, f: (x: number) => number, derivative: (x: Tensor, y: Tensor) => Tensor): Operator =>
  defineOp({
    type,
    infer: inferFloat,
    evaluate: evaluateElementwise((x) => f(x as number)),
    tangent: (node, [dx]) => [dx && mul(dx, derivative(node.inputs[0] as Tensor, node.outputs[0] as Tensor))],
  })

/** `e^x`. */
export const Exp = smooth('Exp', Math.exp, (_, y) => y)
/** Natural logarithm. */
export const Log = smooth('Log', Math.log, (x) => reciprocal(x))
/** `sqrt(x)`, derivative `1/(2 sqrt x)`: infinite at 0, as in every float framework. */
export const Sqrt = smooth('Sqrt', Math.sqrt, (_, y) => div(constant(0.5, [], y.dtype), y))
/** `1/x`. */
export const Reciprocal = smooth(
  'Reciprocal',
  (x) => 1 / x,
  (_, y) => neg(mul(y, y)),
)
/** Hyperbolic tangent, derivative `1 - y^2`. */
export const Tanh = smooth('Tanh', Math.tanh, (_, y) => sub(constant(1, [], y.dtype), mul(y, y)))
/** Logistic function `1/(1 + e^-x)`, derivative `y - y^2`. */
export const Sigmoid = smooth(
  'Sigmoid',
  (x) => 1 / (1 + Math.exp(-x)),
  (_, y) => sub(y, mul(y, y)),
)
/** `log(1 + e^x)`, derivative the logistic function. */
export const Softplus = smooth(
  'Softplus',
  (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  (x) => sigmoid(x),
)
/** Error function, derivative `2/sqrt(pi) e^(-x^2)`, with the factor in the exponent. */
export const Erf = smooth('Erf', erfOf, (x) =>
  exp(sub(constant(Math.log(2 / Math.sqrt(Math.PI)), [], x.dtype), mul(x, x))),
)
/** Sine. */
export const Sin = smooth('Sin', Math.sin, (x) => cos(x))
/** Cosine. */
export const Cos = smooth('Cos', Math.cos, (x) => neg(sin(x)))

/** `x^p` elementwise with broadcasting; differentiable in `x` always, in `p` where `x > 0`. */
export const Pow = defineOp({
  type: 'Pow',
  infer: inferFloat,
  evaluate: evaluateElementwise((x, p) => (x as number) ** (p as number)),
  tangent: (node, [dx, dp]) => {
    const [x, p] = node.inputs as [Tensor, Tensor]
    const y = node.outputs[0] as Tensor
    const exponent = scalarValue(p)
    // x^0 is 1 everywhere; its slope 0 x^-1 would be NaN at 0.
    if (exponent === 0 && !dp) return [undefined]
    const slope = exponent === undefined ? mul(p, power(x, sub(p, 1))) : mul(pow(x, exponent - 1), exponent)
    const first = dx && mul(dx, slope)
    const second = dp && mul(dp, mul(y, log(x)))
    return [first && second ? add(first, second) : (first ?? second)]
  },
})

export const exp = (x: Tensor): Tensor => apply1(Exp, [x])
export const log = (x: Tensor): Tensor => apply1(Log, [x])
export const sqrt = (x: Tensor): Tensor => apply1(Sqrt, [x])
export const reciprocal = (x: Tensor): Tensor => apply1(Reciprocal, [x])
export const tanh = (x: Tensor): Tensor => apply1(Tanh, [x])
export const sigmoid = (x: Tensor): Tensor => apply1(Sigmoid, [x])
export const softplus = (x: Tensor): Tensor => apply1(Softplus, [x])
export const erf = (x: Tensor): Tensor => apply1(Erf, [x])
export const sin = (x: Tensor): Tensor => apply1(Sin, [x])
export const cos = (x: Tensor): Tensor => apply1(Cos, [x])

/** `x^p` with a tensor exponent. */
export const power = (x: Tensor, p: Tensor): Tensor => apply1(Pow, [x, p])

/** `x^p` with a constant exponent; small ones become cheaper operators. */
export function pow(x: Tensor, exponent: number): Tensor {
  if (exponent === 0) return apply1(Pow, [x, constant(0, [], x.dtype)])
  if (exponent === 1) return x
  if (exponent === 2) return mul(x, x)
  if (exponent === 0.5) return sqrt(x)
  if (exponent === -1) return reciprocal(x)
  if (exponent === -0.5) return reciprocal(sqrt(x))
  return apply1(Pow, [x, constant(exponent, [], x.dtype)])
}

/**
 * The error function to about 1e-15: Taylor series near 0, Lentz's continued fraction for `erfc` beyond 2.5.
 */
export function erfOf(x: number): number {
  const a = Math.abs(x)
  if (!(a < 6)) return Number.isNaN(x) ? x : Math.sign(x)
  if (a < 2.5) {
    let term = x
    let sum = x
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n
      sum += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = 0
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction)
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)))
}
