import { matmul, reduceSum, reduceSumSquare, type Tensor } from '@eos-sgd/graph'
import { leastSquare } from '../geometries/parts.ts'
import { gram, onShortSide } from './matrix.ts'

/** A polar factor with its by-product. */
export interface Polar {
  /** About `factor * U V'` of the thin singular value decomposition. */
  readonly polar: Tensor
  /** `<X, polar>`: about the nuclear norm times `factor`. */
  readonly nuclear: Tensor
}

/** Options of {@link newtonSchulz}. */
export interface NewtonSchulzOptions {
  /** Steps that lift small singular values by 3.4 each and leave all of them in .68 to 1.13. 5 by default. */
  readonly iterations?: number
  /** Steps that then converge to 1, cubically. None by default. */
  readonly polish?: number
  /** The result is multiplied by it, at no cost. 1 by default. */
  readonly factor?: number
}

type Quintic = readonly [number, number, number]
const lifting: Quintic = [3.4445, -4.775, 2.0315]
const converging: Quintic = [15 / 8, -10 / 8, 3 / 8]

/**
 * Polar factor of a matrix, r x c, by odd polynomials of its singular values: `X <- a X + b (XX')X + c (XX')^2 X`
 * from `X/||X||_F`. Zero stays zero. Cost per step: `4 m^2 n + 2 m^3`, m the smaller extent.
 * Source: Jordan et al., Muon (2024); the converging steps are the quintic Newton-Schulz iteration (Higham 2008).
 */
export function newtonSchulz(x: Tensor, { iterations = 5, polish = 0, factor = 1 }: NewtonSchulzOptions = {}): Polar {
  const steps: Quintic[] = [...Array(iterations).fill(lifting), ...Array(polish).fill(converging)]
  const start = x.mul(reduceSumSquare(x).max(leastSquare).pow(-0.5))
  const polar = steps.reduce((current, [a, b, c], i) => {
    const by = i === steps.length - 1 ? factor : 1
    const g = gram(current)
    const bend = matmul(g, g)
      .mul(c * by)
      .add(g.mul(b * by))
    return onShortSide(bend, current).add(current.mul(a * by))
  }, start)
  return { polar, nuclear: reduceSum(x.mul(polar)) }
}
