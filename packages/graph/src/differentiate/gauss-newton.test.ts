import { describe, expect, it } from 'vitest'
import { type NdArray, ndarray } from '../array.ts'
import { graph } from '../graph.ts'
import { interpret } from '../interpret.ts'
import { randomArray, randomFrom } from '../laws/support.ts'
import type { Leaf } from '../leaf.ts'
import { tanh } from '../ops/elementary.ts'
import { input, inputName } from '../ops/leaf.ts'
import { reduceMean, reduceSum } from '../ops/reduction.ts'
import { reduceLogSumExp } from '../ops/softmax.ts'
import type { Tensor } from '../tensor.ts'
import { Vector } from '../vector.ts'
import { gaussNewtonProduct, hvp } from './derivatives.ts'

const leaves: readonly Leaf[] = (
  [
    ['a', [3, 4]],
    ['b', [4, 2]],
  ] as const
).map(([name, shape]) => ({ name, shape, role: 'matrix', decay: true, frozen: false }))
const vector = (stem: string): Vector =>
  new Vector(
    leaves,
    leaves.map(({ name, shape }) => input(`${stem}${name}`, shape)),
  )
const [at, v, w] = [vector('x'), vector('v'), vector('w')]
const x = input('data', [5, 3])
const target = input('target', [5, 2])
const random = randomFrom(3)
const feeds = Object.fromEntries(
  [x, target, ...[at, v, w].flatMap(({ tensors }) => tensors)].map((t) => [inputName(t), randomArray(random, t)]),
)

const numbers = (outputs: Readonly<Record<string, Tensor>>, fed = feeds): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(interpret(graph('values', outputs), fed)).map(([name, { data }]) => [name, [...data]]),
  )
const named = (stem: string, { tensors }: Vector): Record<string, Tensor> =>
  Object.fromEntries(tensors.map((t, i) => [`${stem}${i}`, t]))

const network = (bend: (h: Tensor) => Tensor): Tensor => bend(x.matmul(at.get('a'))).matmul(at.get('b'))
const squares = (output: Tensor): Tensor => reduceMean(output.sub(target).mul(output.sub(target)))
const logits = (output: Tensor): Tensor =>
  reduceMean(reduceLogSumExp(output, [1]).sub(reduceSum(output.mul(target), [1])))

describe('gaussNewtonProduct', () => {
  it('equals the Hessian product of a linear model', () => {
    const linear = x.matmul(at.get('a')).matmul(input('data2', [4, 2]))
    const fed = { ...feeds, data2: randomArray(random, { shape: [4, 2], dtype: 'float32' }) }
    const found = numbers(
      { ...named('G', gaussNewtonProduct(logits(linear), linear, at, v)), ...named('H', hvp(logits(linear), at, v)) },
      fed,
    )
    found['G0']?.forEach((g, i) => {
      expect(g).toBeCloseTo(found['H0']?.[i] as number, 12)
    })
    expect(found['G1']).toEqual(new Array(8).fill(0))
  })

  it('equals the Hessian product of squares where the residual is zero', () => {
    const output = network(tanh)
    const fitted = interpret(graph('fit', { output }), feeds)['output'] as NdArray
    const fed = { ...feeds, target: ndarray(fitted.data, fitted.shape) }
    const loss = squares(output)
    const found = numbers(
      { ...named('G', gaussNewtonProduct(loss, output, at, v)), ...named('H', hvp(loss, at, v)) },
      fed,
    )
    for (const i of [0, 1])
      found[`G${i}`]?.forEach((g, j) => {
        expect(g).toBeCloseTo(found[`H${i}`]?.[j] as number, 12)
      })
  })

  it('is symmetric and positive semi-definite for a convex loss', () => {
    const output = network(tanh)
    const product = (d: Vector): Vector => gaussNewtonProduct(logits(output), output, at, d)
    const found = numbers({ wGv: product(v).dot(w), vGw: product(w).dot(v), vGv: product(v).dot(v) })
    expect(found['wGv']?.[0]).toBeCloseTo(found['vGw']?.[0] as number, 12)
    expect(found['vGv']?.[0]).toBeGreaterThan(0)
  })

  it('differs from the Hessian away from these cases', () => {
    const output = network(tanh)
    const loss = squares(output)
    const found = numbers({ G: gaussNewtonProduct(loss, output, at, v).dot(v), H: hvp(loss, at, v).dot(v) })
    expect(Math.abs((found['G']?.[0] as number) - (found['H']?.[0] as number))).toBeGreaterThan(1e-3)
  })
})
