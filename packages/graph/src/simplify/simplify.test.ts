import { describe, expect, it } from 'vitest'
import { apply1 } from '../apply.ts'
import { grad } from '../differentiate/derivatives.ts'
import { type Graph, graph, nodesOf } from '../graph.ts'
import { interpret } from '../interpret.ts'
import { expectSame, randomFeeds, randomFrom, runOnnx } from '../laws/support.ts'
import { writeOnnx } from '../onnx/write.ts'
import { Mul } from '../ops/arithmetic.ts'
import { Cast } from '../ops/comparison.ts'
import * as op from '../ops/index.ts'
import { Gemm, MatMul } from '../ops/linear-algebra.ts'
import { Reshape } from '../ops/shape.ts'
import { scope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { Vector } from '../vector.ts'
import { simplify } from './simplify.ts'

/** Operators that a graph runs, inputs and constants left out, sorted. */
const running = (whole: Graph): string[] =>
  nodesOf(Object.values(whole.outputs))
    .map(({ operator }) => operator.type)
    .filter((type) => type !== 'Input' && type !== 'Constant')
    .sort()

const x = op.input('x', [2, 3])
const y = op.input('y', [2, 3])
const a = op.input('a', [3, 4])
const at = op.input('at', [4, 3])
const bias = op.input('bias', [4])
const m = op.input('m', [2, 4])
const scalar = op.input('scalar', [])
const raw = (operator: Parameters<typeof apply1>[0], ...inputs: Tensor[]): Tensor => apply1(operator, inputs)
const one = op.constant(1)
const images = op.input('images', [2, 3, 2, 2])
const others = op.input('others', [2, 3, 2, 2])
const byChannel = op.input('channel', [3, 1, 1])

/** A product and something made of it, both outputs. */
const twice = (f: (product: Tensor) => Tensor): Record<string, Tensor> => {
  const p = x.matmul(a)
  return { p, q: f(p) }
}

/** Attention's weighted values over 4 positions of that width, and something that derivatives make of its parts. */
function attended(f: (weights: Tensor, upstream: Tensor, values: Tensor) => Tensor, width = 2): Record<string, Tensor> {
  const [values, upstream] = ['values', 'upstream'].map((name) => op.input(name, [2, 4, width])) as [Tensor, Tensor]
  const weights = op.softmax(op.input('scores', [2, 4, 4]))
  return { p: weights.matmul(values), q: f(weights, upstream, values) }
}

const rules: readonly [string, Tensor | Record<string, Tensor>, string[]][] = [
  ['common subexpressions', op.exp(x).add(op.exp(x)), ['Add', 'Exp']],
  ['common subexpressions of exchanged operands', x.mul(y).add(op.tanh(y.mul(x))), ['Add', 'Mul', 'Tanh']],
  [
    'equal constants',
    op.exp(x.mul(op.constant([1, 2, 3], [3]))).sub(op.tanh(x.mul(op.constant([1, 2, 3], [3])))),
    ['Exp', 'Mul', 'Sub', 'Tanh'],
  ],
  [
    'but not of other attributes',
    op
      .reduceSum(x, [0])
      .reshape([3, 1])
      .add(op.reduceSum(x, [1])),
    ['Add', 'ReduceSum', 'ReduceSum', 'Reshape'],
  ],
  ['constant folding', x.mul(op.exp(op.constant([1, 2, 3], [3])).add(1)), ['Mul']],
  ['folding through an Expand', x.mul(op.constant([1, 2, 3], [3]).add(op.expand(op.constant(2), [3]))), ['Mul']],
  ['x * 1', raw(Mul, x, one), []],
  ['x * 1, repeated', raw(Mul, x, op.expand(one, [2, 3])), []],
  ['1 * x that repeats', raw(Mul, one, op.tanh(x)), ['Tanh']],
  ['x + 0', x.add(op.constant([0, 0, 0], [3])), []],
  ['0 - x', op.constant(0).sub(op.tanh(x)), ['Neg', 'Tanh']],
  ['x * 0', op.tanh(x).mul(0), ['Expand']],
  ['x / 4', x.div(4), ['Mul']],
  ['--x', apply1(x.neg().node.operator, [x.neg()]), []],
  ['c1 (c2 x)', x.mul(3).mul(op.constant([2], [1])), ['Mul']],
  ['-(c x)', x.mul(3).neg(), ['Mul']],
  ['x + -y', x.add(y.neg()), ['Sub']],
  ['x - -y', x.sub(y.neg()), ['Add']],
  ['Identity', op.tanh(op.identity(x)), ['Tanh']],
  ['Cast to its own type', apply1(Cast, [x], { dtype: 'float32' }), []],
  ['Reshape of Reshape', apply1(Reshape, [apply1(Reshape, [x], { shape: [6] })], { shape: [3, 2] }), ['Reshape']],
  ['Reshape there and back', apply1(Reshape, [apply1(Reshape, [x], { shape: [6] })], { shape: [2, 3] }), []],
  ['Transpose there and back', op.transpose(op.transpose(x)), []],
  ['Transpose of an axis of extent 1', op.transpose(x.reshape([2, 1, 3]), [1, 0, 2]), ['Reshape']],
  ['Expand of Expand', op.expand(op.expand(scalar, [3]), [2, 3]), ['Expand']],
  ['Expand that broadcasting does anyway', op.expand(scalar, [2, 3]).mul(x), ['Mul']],
  [
    'one of two Expands',
    op.expand(scalar, [2, 3]).mul(op.expand(op.reshape(bias, [4, 1]), [4, 3]).reshape([2, 2, 3])),
    ['Expand', 'Mul', 'Reshape', 'Reshape'],
  ],
  ['Expand before an elementwise operator', op.exp(op.expand(scalar, [2, 3])), ['Exp', 'Expand']],
  ['ReduceSum and Reshape', op.reduceSum(x, [1]).reshape([2, 1]), ['ReduceSum']],
  ['a product of a transpose', x.matmul(op.transpose(at)), ['Gemm']],
  ['a transposed product', op.transpose(x.matmul(a)), ['Gemm']],
  ['a transposed sum of products', op.transpose(x.matmul(a).add(y.matmul(a))), ['Gemm', 'Gemm']],
  ['a transposed product and a bias', op.transpose(x.matmul(a).add(bias)), ['Gemm', 'Transpose']],
  ['a product and a bias', x.matmul(a).add(bias), ['Gemm']],
  ['a product and an expanded bias', x.matmul(a).add(op.expand(bias, [2, 4])), ['Gemm']],
  ['a bias and a product', bias.add(x.matmul(op.transpose(at))), ['Gemm']],
  ['a scaled product', x.matmul(a).mul(0.25), ['Gemm']],
  ['a negated product', x.matmul(a).neg(), ['Gemm']],
  ['momentum', m.mul(0.9).add(x.matmul(op.transpose(at))), ['Gemm']],
  ['momentum, mean', m.mul(0.9).add(x.matmul(op.transpose(at)).div(8)), ['Gemm']],
  ['a difference', m.mul(0.9).sub(x.matmul(a)), ['Gemm']],
  ['a product minus something', x.matmul(a).sub(m.mul(0.5)), ['Gemm']],
  ['a scaled sum', x.matmul(a).add(bias).mul(2), ['Gemm']],
  ['one of two products', x.matmul(a).add(y.matmul(a)), ['Gemm', 'MatMul']],
  ['not a product that is read twice', { p: x.matmul(a), q: x.matmul(a).add(bias) }, ['Add', 'MatMul']],
  ['not a transposed product that is read twice', twice((p) => op.transpose(p)), ['MatMul', 'Transpose']],
  ['not a scaled product that is read twice', twice((p) => p.mul(2)), ['MatMul', 'Mul']],
  ['not a negated product that is read twice', twice((p) => p.neg()), ['MatMul', 'Neg']],
  ['a product of a transposed product that is read once', op.transpose(x.matmul(a)).matmul(y), ['Gemm', 'MatMul']],
  ['not a product that grows', x.matmul(a).add(op.input('big', [5, 2, 4])), ['Add', 'MatMul']],
  [
    'not a stack of products',
    op
      .input('stack', [2, 2, 3])
      .matmul(op.input('other', [2, 3, 2]))
      .mul(2),
    ['MatMul', 'Mul'],
  ],
  // Zeros and ones by channel are Expands, which engines fold when they open a file.
  [
    'a multiple and an addend by channel',
    images.mul(byChannel).add(byChannel),
    ['BatchNormalization', 'Expand', 'Expand', 'Reshape'],
  ],
  [
    'differences by channel',
    images.sub(byChannel.sub(images)),
    ['BatchNormalization', 'Expand', 'Expand', 'Expand', 'Reshape', 'Sub'],
  ],
  [
    'an addend of a sum by channel',
    images
      .mul(byChannel)
      .add(others.mul(byChannel))
      .sub(byChannel.reshape([1, 3, 1, 1])),
    ['Add', 'BatchNormalization', 'BatchNormalization', 'Expand', 'Expand', 'Neg', 'Reshape'],
  ],
  [
    'not into a multiple by channel that is read twice',
    { p: images.mul(byChannel), q: images.mul(byChannel).add(byChannel) },
    ['BatchNormalization', 'BatchNormalization', 'Expand', 'Expand', 'Reshape'],
  ],
  ['not a multiple by channel of large images', op.input('large', [1, 3, 17, 17]).mul(byChannel), ['Mul']],
  ['not a multiple by row', images.mul(op.input('rows', [2, 1])), ['Mul']],
  ['not one of a single channel', op.input('grey', [2, 1, 2, 2]).mul(op.input('level', [1, 1, 1])), ['Mul']],
  ['sums by channel', op.reduceSum(images, [0, 2, 3]), ['ReduceSum', 'ReduceSum']],
  ['means by channel, kept', op.reduceMean(images, [0, 2, 3], true), ['ReduceMean', 'ReduceMean', 'Reshape']],
  ['sums of squares by channel', op.reduceSumSquare(images, [0, 2, 3]), ['Mul', 'ReduceSum', 'ReduceSum']],
  ['a product of a multiple', x.mul(2).matmul(a.mul(3)), ['Gemm']],
  ['a multiple that others read too', { p: x.mul(2), q: x.mul(2).matmul(a) }, ['Gemm', 'Mul']],
  ['a multiple in a product, towards the sum', op.reduceSum(x.mul(3).mul(y), [1]), ['Mul', 'Mul', 'ReduceSum']],
  ['a sign in a product, towards the sum', op.tanh(y).add(x.neg().mul(y)), ['Mul', 'Sub', 'Tanh']],
  ['a sign in a quotient, towards the sum', op.tanh(y).sub(x.neg().div(op.exp(y))), ['Add', 'Div', 'Exp', 'Tanh']],
  ['not a multiple of something smaller', scalar.mul(3).mul(x), ['Mul', 'Mul']],
  ['not a multiple that is read twice', { p: x.mul(3), q: x.mul(3).mul(y) }, ['Mul', 'Mul']],
  ['a common factor', x.mul(y).add(x.mul(op.tanh(y))), ['Add', 'Mul', 'Tanh']],
  ['a common factor of a difference', op.tanh(x).mul(y).sub(x.mul(y)), ['Mul', 'Sub', 'Tanh']],
  [
    'the common factors of a sum of four',
    x
      .mul(y)
      .add(op.sin(x).mul(op.tanh(y)))
      .add(
        op
          .cos(x)
          .mul(y)
          .sub(op.sin(x).mul(op.exp(x))),
      ),
    ['Add', 'Add', 'Cos', 'Exp', 'Mul', 'Mul', 'Sin', 'Sub', 'Tanh'],
  ],
  [
    'a common factor of longer products that repeat',
    op
      .reduceSum(y, [1], true)
      .mul(x)
      .mul(op.tanh(x))
      .add(x.mul(op.reduceMean(y, [0]))),
    ['Add', 'Mul', 'Mul', 'ReduceMean', 'ReduceSum', 'Tanh'],
  ],
  [
    'not the factor of a product that is read twice',
    { p: x.mul(y), q: x.mul(y).add(x.mul(op.tanh(y))) },
    ['Add', 'Mul', 'Mul', 'Tanh'],
  ],
  ['Gelu by itself', op.gelu(x), ['Gelu']],
  [
    'Gelu beside its error function',
    { p: op.gelu(op.tanh(x)), q: op.erf(op.tanh(x).mul(Math.SQRT1_2)) },
    ['Add', 'Erf', 'Mul', 'Mul', 'Mul', 'Tanh'],
  ],
  [
    'a sum over positions of what attention has summed over them',
    attended((weights, upstream, values) => op.reduceSum(weights.mul(upstream.matmul(op.swapLast(values))), [-1])),
    ['MatMul', 'Mul', 'ReduceSum', 'Softmax'],
  ],
  [
    'its derivative',
    attended((weights, upstream, values) => {
      const [moved, other] = [op.sin(values), op.cos(upstream)]
      const sum = upstream.matmul(op.swapLast(values)).sub(other.matmul(op.swapLast(moved)))
      return weights.matmul(moved).mul(op.reduceSum(sum.mul(weights), [-1], true))
    }),
    ['Cos', 'MatMul', 'MatMul', 'Mul', 'Mul', 'Mul', 'ReduceSum', 'Sin', 'Softmax', 'Sub'],
  ],
  [
    'not where the width is no smaller than the number of positions',
    attended((weights, upstream, values) => op.reduceSum(weights.mul(upstream.matmul(op.swapLast(values))), [-1]), 3),
    ['MatMul', 'MatMul', 'Mul', 'ReduceSum', 'Softmax', 'Transpose'],
  ],
  ['marks of data means', op.exp(op.dataMean(x)), ['Exp']],
  ['not a StopGradient', op.stopGradient(op.stopGradient(x)), ['StopGradient', 'StopGradient']],
]

describe('simplify', () => {
  it.each(rules)('%s', async (_, outputs, left) => {
    const before = graph('before', 'node' in outputs ? { z: outputs as Tensor } : outputs)
    const after = simplify(before)
    expect(running(after)).toEqual(left)
    expect(simplify(after)).toBe(after)
    const feeds = randomFeeds(randomFrom(2), before)
    const expected = interpret(before, feeds)
    expectSame(interpret(after, feeds), expected, 1e-13)
    expectSame(await runOnnx(writeOnnx(after, { simplify: false }), feeds), expected, 1e-6)
  })

  it('keeps inputs that nothing reads any more, names and scopes', () => {
    const before = graph('before', { gone: x.mul(0), kept: scope('layer', () => x.matmul(a).add(bias)) })
    const after = simplify(before)
    expect(after.name).toBe('before')
    expect(after.inputs).toEqual(before.inputs)
    expect(Object.keys(after.outputs)).toEqual(['gone', 'kept'])
    expect(after.outputs.kept?.node.scope).toBe('layer')
    expect(nodesOf(Object.values(after.outputs)).some(({ outputs }) => outputs[0] === y)).toBe(false)
  })

  it('does not change the graph it is given', () => {
    const before = graph('before', { z: x.matmul(op.transpose(at)).add(0).mul(2) })
    const listed = running(before)
    simplify(before)
    expect(running(before)).toEqual(listed)
  })

  it('keeps a float64 factor that float32 cannot hold out of Gemm', () => {
    const [p, q] = [op.input('p', [2, 2], 'float64'), op.input('q', [2, 2], 'float64')]
    expect(running(simplify(graph('exact', { z: p.matmul(q).mul(0.1) })))).toEqual(['MatMul', 'Mul'])
    expect(running(simplify(graph('exact', { z: p.matmul(q).mul(0.5) })))).toEqual(['Gemm'])
  })

  it('keeps derivatives', () => {
    const leaf = { name: 'a', shape: [3, 4], role: 'matrix', decay: true, frozen: false } as const
    const loss = op.reduceMean(op.pow(op.tanh(m.mul(0.9).add(x.matmul(a).div(8)).add(bias)), 2))
    const after = simplify(graph('loss', { loss })).outputs.loss as Tensor
    const gradient = (of: Tensor): Graph => graph('gradient', { a: grad(of, new Vector([leaf], [a])).get('a') })
    const feeds = randomFeeds(randomFrom(2), gradient(loss))
    expectSame(interpret(gradient(after), feeds), interpret(gradient(loss), feeds), 1e-13)
  })

  it('makes a training step of a dense layer of products only', () => {
    const momentum = op.input('momentum', [3, 4])
    const leaf = { name: 'a', shape: [3, 4], role: 'matrix', decay: true, frozen: false } as const
    const logits = x.matmul(a).add(bias)
    const loss = op.reduceMean(op.reduceLogSumExp(logits, [1]).sub(op.reduceSum(logits.mul(m), [1])))
    const step = momentum.mul(0.9).add(grad(loss, new Vector([leaf], [a])).get('a'))
    const after = simplify(graph('step', { step }))
    const products = nodesOf(Object.values(after.outputs)).filter(
      ({ operator }) => operator === Gemm || operator === MatMul,
    )
    expect(products.map(({ attributes }) => [attributes.transA, attributes.beta])).toEqual([
      [0, 1],
      [1, 0.9],
    ])
    expect(running(after).filter((type) => ['Transpose', 'Expand', 'Reshape'].includes(type))).toEqual([])
  })

  it('walks long graphs without deep recursion, and no slower per node', () => {
    const perNode = (length: number): number => {
      let chain: Tensor = x
      for (let i = 0; i < length; i++) chain = op.tanh(chain).mul(1.5)
      const whole = graph('chain', { chain })
      // Processor time, so that a busy machine does not matter.
      const start = process.cpuUsage().user
      expect(running(simplify(whole)).length).toBe(2 * length)
      return (process.cpuUsage().user - start) / length
    }
    perNode(500)
    // A quadratic pass would take ten times longer per node.
    expect(perNode(5_000)).toBeLessThan(5 * perNode(500))
  })
})
