import { describe, expect, it } from 'vitest'
import { type NdArray, ndarray } from '../array.ts'
import { directionalDerivative, grad, hvp } from '../differentiate/derivatives.ts'
import { jvp } from '../differentiate/jvp.ts'
import { vjp } from '../differentiate/vjp.ts'
import { type Graph, graph } from '../graph.ts'
import { interpret } from '../interpret.ts'
import type { Leaf } from '../leaf.ts'
import { writeOnnx } from '../onnx/write.ts'
import { operators } from '../operators.ts'
import { broadcastLike } from '../ops/broadcast.ts'
import { constant, input } from '../ops/leaf.ts'
import { reduceSum } from '../ops/reduction.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat } from '../type.ts'
import { Vector } from '../vector.ts'
import { type Case, cases } from './cases.ts'
import { distance, expectSame, randomArray, randomFrom, runOnnx, type Values } from './support.ts'

const step = 1e-4

/** Cases with a derivative to speak of. */
const smooth = cases.filter(
  ({ operator, inputs, name }) =>
    operators[operator]?.tangent !== 'zero' &&
    inputs.some((x) => x.dtype === 'float32') &&
    (operator !== 'Cast' || name.includes('back')),
)

describe('every derivative', () => {
  it('is checked for every operator that has one', () => {
    const differentiable = Object.values(operators).filter(({ tangent }) => tangent !== 'zero')
    expect([...new Set(smooth.map((each) => each.operator))].sort()).toEqual(
      differentiable.map(({ type }) => type).sort(),
    )
  })

  describe.each(smooth)('$name', (each) => {
    const { whole, feeds } = laboratory(each)
    const at = interpret(whole, feeds)
    const value = (name: string): Float64Array => (at[name] as NdArray).data

    it('first: jvp is the slope, linear, and adjoint to vjp', () => {
      expect(distance(value('Jv'), slope(whole, feeds, 'y', 'v'))).toBeLessThan(1e-6)
      expect(distance(value('J(2v-3w)'), value('2Jv-3Jw'))).toBeLessThan(1e-12)
      expect(Math.abs(dot(at, 'u', 'Jv', feeds) - along(at, feeds, "J'u", 'v'))).toBeLessThan(1e-10)
    })

    it('second: hvp is the slope of the gradient, and symmetric', () => {
      eachInput(each, (i) => {
        expect(distance(value(`g${i}`), numericGradient(whole, feeds, i))).toBeLessThan(1e-6)
        expect(distance(value(`Hv${i}`), slope(whole, feeds, `g${i}`, 'v'))).toBeLessThan(1e-6)
      })
      expect(Math.abs(along(at, feeds, 'Hv', 'w') - along(at, feeds, 'Hw', 'v'))).toBeLessThan(1e-10)
    })

    it('third: the derivative of hvp is its slope', () => {
      eachInput(each, (i) => {
        expect(distance(value(`Tvw${i}`), slope(whole, feeds, `Hv${i}`, 'w'))).toBeLessThan(1e-5)
      })
    })

    it('runs in ONNX Runtime', async () => {
      expectSame(await runOnnx(writeOnnx(whole), feeds), at, 2e-5)
    })
  })
})

/**
 * One graph with a case's output y, its first derivatives along v and w, and gradient, Hessian products and third
 * derivative of the loss `sum u y + y^2 / 2`, so that curvature of the operator shows beside that of the square.
 */
function laboratory({ inputs, build, domain }: Case): { whole: Graph; feeds: Values } {
  const xs = inputs.map((type, i) => input(`x${i}`, type.shape, type.dtype))
  const y = build(...xs)
  const u = input('u', y.shape)
  const floats = xs.filter((x) => isFloat(x.dtype))
  const leaves = floats.map(
    (x): Leaf => ({ name: nameOf(x, xs), shape: x.shape, role: 'vector', decay: false, frozen: false }),
  )
  const point = new Vector(leaves, floats)
  const direction = (stem: string): Vector =>
    new Vector(
      leaves,
      leaves.map(({ name, shape }) => input(stem + name, shape)),
    )
  const [v, w] = [direction('v'), direction('w')]
  const product = (along: Vector): Tensor =>
    (jvp([y], floats, along.tensors)[0] as Tensor | undefined) ?? broadcastLike(constant(0), y)
  const loss = reduceSum(u.mul(y).add(y.mul(y).mul(0.5)))
  const gradient = grad(loss, point)
  const [Hv, Hw] = [hvp(loss, point, v), hvp(loss, point, w)]
  const named = (stem: string, vector: readonly Tensor[]): [string, Tensor][] =>
    vector.map((t, i) => [`${stem}${leaves[i]?.name}`, t])
  const outputs = Object.fromEntries([
    ['y', y],
    ['loss', loss],
    ['Jv', product(v)],
    ['J(2v-3w)', product(v.scale(2).sub(w.scale(3)))],
    ['2Jv-3Jw', product(v).mul(2).sub(product(w).mul(3))],
    ...named("J'u", vjp([y], floats, [u])),
    ...named('g', gradient.tensors),
    ...named('Hv', Hv.tensors),
    ...named('Hw', Hw.tensors),
    ...named('Tvw', directionalDerivative(Hv, point, w).tensors),
  ])
  const used = graph('laboratory', outputs)
  const random = randomFrom(7)
  const all = [...xs, u, ...v.tensors, ...w.tensors]
  const feeds: Record<string, NdArray> = {}
  for (const tensor of all) {
    const i = xs.indexOf(tensor)
    const name = tensor.node.attributes.name as string
    feeds[name] = randomArray(random, tensor, i < 0 ? 'any' : domain, Math.max(i, 0) * 0.07)
  }
  return { whole: used, feeds }
}

const nameOf = (x: Tensor, xs: readonly Tensor[]): string => String(xs.indexOf(x))

function eachInput({ inputs }: Case, check: (i: number) => void): void {
  inputs.forEach((type, i) => {
    if (isFloat(type.dtype)) check(i)
  })
}

/** `<output, tangent>` summed over the inputs, between graph outputs `stem0, stem1 ...` and fed directions. */
function along(at: Values, feeds: Values, stem: string, direction: string): number {
  return Object.entries(feeds).reduce((sum, [name, { data }]) => {
    if (!name.startsWith(direction)) return sum
    const other = (at[stem + name.slice(1)] as NdArray).data
    return data.reduce((total, x, i) => total + x * (other[i] as number), sum)
  }, 0)
}

const dot = (at: Values, fed: string, output: string, feeds: Values): number =>
  (feeds[fed] as NdArray | undefined)?.data.reduce(
    (sum, x, i) => sum + x * ((at[output] as NdArray).data[i] as number),
    0,
  ) ?? 0

/** Fourth-order central difference of an output along a fed direction. */
function slope(whole: Graph, feeds: Values, output: string, direction: string): Float64Array {
  const one = { ...whole, outputs: { value: whole.outputs[output] as Tensor } }
  const shifted = (h: number): Float64Array => (interpret(one, shift(feeds, direction, h)).value as NdArray).data
  const [near, nearBack, far, farBack] = [shifted(step), shifted(-step), shifted(2 * step), shifted(-2 * step)]
  return near.map(
    (x, i) => (8 * (x - (nearBack[i] as number)) - ((far[i] as number) - (farBack[i] as number))) / (12 * step),
  )
}

function shift(feeds: Values, direction: string, h: number): Values {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, value]) => {
      const by = name.startsWith('x') ? feeds[direction + name.slice(1)] : undefined
      if (!by) return [name, value]
      return [
        name,
        ndarray(
          value.data.map((x, i) => x + h * (by.data[i] as number)),
          value.shape,
          value.dtype,
        ),
      ]
    }),
  )
}

function numericGradient(whole: Graph, feeds: Values, i: number): Float64Array {
  const x = feeds[`x${i}`] as NdArray
  const lossAt = (k: number, h: number): number => {
    const moved = ndarray(
      x.data.map((value, j) => (j === k ? value + h : value)),
      x.shape,
      x.dtype,
    )
    return (
      interpret({ ...whole, outputs: { loss: whole.outputs.loss as Tensor } }, { ...feeds, [`x${i}`]: moved })
        .loss as NdArray
    ).data[0] as number
  }
  return x.data.map((_, k) => (lossAt(k, step) - lossAt(k, -step)) / (2 * step))
}
