import { describe, expect, it } from 'vitest'
import { jvp } from '../differentiate/jvp.ts'
import { type Graph, graph, nodesOf } from '../graph.ts'
import { interpret } from '../interpret.ts'
import { expectSame, randomFeeds, randomFrom, runOnnx } from '../laws/support.ts'
import { writeOnnx } from '../onnx/write.ts'
import * as op from '../ops/index.ts'
import type { Tensor } from '../tensor.ts'
import { stackConvolutions } from './convolutions.ts'
import { simplify } from './simplify.ts'

const x = op.input('x', [2, 3, 5, 5])
const weight = (name: string, outputs = 3, inputs = 3): Tensor => op.input(name, [outputs, inputs, 3, 3])
const [a, b, c] = [weight('a'), weight('b', 2), weight('c')]
const pads = [1, 1, 1, 1]
const convolve = (image: Tensor, w: Tensor): Tensor => op.convolution(image, w, { pads })

const convolutionsIn = ({ outputs }: Graph): number =>
  nodesOf(Object.values(outputs)).filter(({ operator }) => operator.type === 'Conv').length

/** The weight of a convolution made of the output of another. */
const weightOf = (y: Tensor): Tensor => op.expand(op.reduceMean(y, [0, 1, 2, 3], true), [3, 3, 3, 3])

const graphs: readonly [string, Record<string, Tensor>, number][] = [
  ['stacks the weights of one image', { first: op.relu(convolve(x, a)), second: convolve(x, b) }, 1],
  ['and of more than two', { first: convolve(x, a), second: convolve(x, b), third: convolve(x, c) }, 1],
  [
    'not those of other windows, images or groups',
    {
      first: convolve(x, a),
      second: op.convolution(x, c),
      third: convolve(op.tanh(x), c),
      fourth: op.convolution(x, op.input('d', [3, 1, 3, 3]), { pads, group: 3 }),
      fifth: op.convolution(x, op.input('e', [3, 1, 3, 3]), { pads, group: 3 }),
    },
    5,
  ],
  ['not by a weight that depends on another', { y: convolve(x, weightOf(convolve(x, a))) }, 2],
  [
    'as many as have 64 outputs',
    { first: convolve(x, weight('p', 40)), second: convolve(x, weight('q', 40)), third: convolve(x, a) },
    2,
  ],
]

describe('convolutions of one image', () => {
  it.each(graphs)('%s', async (_, outputs, count) => {
    const before = graph('before', outputs)
    const after = stackConvolutions(before)
    expect(convolutionsIn(after)).toBe(count)
    expect(stackConvolutions(after)).toBe(after)
    const feeds = randomFeeds(randomFrom(4), before)
    expectSame(interpret(after, feeds), interpret(before, feeds), 1e-12)
    expectSame(await runOnnx(writeOnnx(before), feeds, true), interpret(before, feeds), 1e-5)
  })

  it('do not wait for each other in a circle', () => {
    const other = op.tanh(x)
    const [p, q] = [convolve(x, a), convolve(other, c)]
    const before = graph('circle', { r: convolve(x, weightOf(q)), s: convolve(other, weightOf(p)), p, q })
    const after = stackConvolutions(before)
    expect(convolutionsIn(after)).toBe(3)
    const feeds = randomFeeds(randomFrom(4), before)
    expectSame(interpret(after, feeds), interpret(before, feeds), 1e-12)
  })

  it('are those of a tangent beside those of the value', () => {
    const y = convolve(op.tanh(convolve(x, a)), c)
    const [dy] = jvp([y], [a, c], [weight('da'), weight('dc')])
    const before = graph('tangent', { y, dy: dy as Tensor })
    const after = simplify(before)
    expect([convolutionsIn(before), convolutionsIn(after)]).toEqual([5, 3])
    const feeds = randomFeeds(randomFrom(5), before)
    expectSame(interpret(after, feeds), interpret(before, feeds), 1e-12)
  })
})
