import { describe, expect, it } from 'vitest'
import { apply1 } from '../apply.ts'
import { ndarray } from '../array.ts'
import { grad } from '../differentiate/derivatives.ts'
import { jvp } from '../differentiate/jvp.ts'
import { vjp } from '../differentiate/vjp.ts'
import { EosError } from '../error.ts'
import { graph } from '../graph.ts'
import { interpret } from '../interpret.ts'
import { writeOnnx } from '../onnx/write.ts'
import { defineOp } from '../operator.ts'
import { ConvTranspose } from '../ops/convolution/operators.ts'
import * as op from '../ops/index.ts'
import { ReduceSum } from '../ops/reduction.ts'
import { scope } from '../scope.ts'
import { Vector } from '../vector.ts'

const x = op.input('x', [2, 3])
const y = op.input('y', [4, 3])
const labels = op.input('labels', [2], 'int64')
const cube = defineOp({
  type: 'Cube',
  infer: ([a]) => [a as NonNullable<typeof a>],
  evaluate: ([a]) => [a as NonNullable<typeof a>],
  tangent: 'linear',
})
const leaf = (shape: readonly number[]) => ({ name: 'w', shape, role: 'vector', decay: false, frozen: false }) as const

const image = op.input('image', [2, 4, 5, 5])

const mistakes: readonly [string, () => unknown, string, readonly string[]][] = [
  [
    'shapes that do not broadcast',
    () => scope('encoder', () => scope('dense', () => x.add(y))),
    'SHAPE',
    ['Add: Shapes [2, 3] and [4, 3] do not broadcast', 'Add(float32[2, 3], float32[4, 3])', 'encoder/dense'],
  ],
  [
    'matrices that do not fit',
    () => scope('layer', () => x.matmul(y)),
    'SHAPE',
    ['MatMul: Cannot multiply float32[2, 3] by float32[4, 3]', 'layer'],
  ],
  [
    'element types that differ',
    () => labels.add(op.input('z', [2])),
    'DTYPE',
    ['Add: Element types int64[2] and float32[2] differ', 'Cast one'],
  ],
  ['floats only', () => op.exp(labels), 'DTYPE', ['Exp: Needs a float tensor, got int64[2]', 'Cast it']],
  ['a size that changes', () => x.reshape([4]), 'SHAPE', ['Reshape: float32[2, 3] cannot become [4]']],
  ['an axis that is not there', () => op.reduceSum(x, [2]), 'SHAPE', ['ReduceSum: Axes [2] do not fit float32[2, 3]']],
  [
    'no axes, which ONNX takes for all',
    () => apply1(ReduceSum, [x], { axes: [], keepdims: 0 }),
    'SHAPE',
    ['ReduceSum: Axes [] do not fit'],
  ],
  [
    'a condition that is no bool',
    () => op.where(x, x, x),
    'DTYPE',
    ['Where: The condition must be bool, got float32[2, 3]'],
  ],
  [
    'a slice beyond the end',
    () => op.slice(x, 1, 1, 5),
    'SHAPE',
    ['Slice: Slice 1:5:1 does not fit axis 1 of float32[2, 3]'],
  ],
  ['no permutation', () => op.transpose(x, [0, 0]), 'SHAPE', ['Transpose: [0, 0] is not a permutation']],
  [
    'tensors that cannot be joined',
    () => op.concat([x, y], 1),
    'SHAPE',
    ['Concat: Cannot join float32[2, 3], float32[4, 3] along axis 1'],
  ],
  ['an expansion that does not broadcast', () => op.expand(x, [2, 4]), 'SHAPE', ['Expand', '[2, 3]', '[2, 4]']],
  [
    'indices that are no integers',
    () => op.gather(x, y),
    'DTYPE',
    ['Gather: Indices must be integers, got float32[4, 3]'],
  ],
  [
    'a weight for another number of channels',
    () => op.convolution(image, op.input('weight', [3, 2, 3, 3])),
    'SHAPE',
    ['Conv: Cannot convolve float32[2, 4, 5, 5] with float32[3, 2, 3, 3] in 1 group(s)', '[O, C / group, ...window]'],
  ],
  [
    'groups that do not divide the outputs',
    () => op.convolution(image, op.input('weight', [3, 2, 3, 3]), { group: 2 }),
    'SHAPE',
    ['Conv: Cannot convolve float32[2, 4, 5, 5] with float32[3, 2, 3, 3] in 2 group(s)'],
  ],
  [
    'a window that spans more than the image',
    () => op.convolution(image, op.input('weight', [3, 4, 3, 3]), { pads: [0, 0, 1, 0], dilations: [2, 3] }),
    'SHAPE',
    ['Conv: Window [3, 3]', 'spans 7 along spatial axis 1, more than the padded input of [5, 5]'],
  ],
  [
    'pads for some axes only',
    () => op.convolution(image, op.input('weight', [3, 4, 3, 3]), { pads: [1, 1] }),
    'SHAPE',
    ['Conv: Window [3, 3] with strides [1, 1], pads [1, 1]', 'pads need two'],
  ],
  [
    'a convolution of integers',
    () => op.convolution(op.cast(image, 'int32'), op.input('weight', [3, 4, 3, 3])),
    'DTYPE',
    ['Conv: Cannot convolve int32[2, 4, 5, 5] with float32[3, 4, 3, 3]'],
  ],
  [
    'places that no convolution has',
    () =>
      apply1(ConvTranspose, [image, op.input('weight', [4, 2, 3, 3])], {
        ...{ strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1, output_padding: [2, 0] },
      }),
    'SHAPE',
    ['ConvTranspose: No input of a convolution with float32[4, 2, 3, 3] has places float32[2, 4, 5, 5]'],
  ],
  [
    'a pool of other dimensions',
    () => op.maxPool(image, { window: [2] }),
    'SHAPE',
    ['MaxPool: A window [2] does not fit float32[2, 4, 5, 5]'],
  ],
  [
    'windows that lie in the padding',
    () => op.averagePool(image, { window: [2, 2], pads: [0, 0, 2, 0] }),
    'SHAPE',
    ['AveragePool: Pads [0, 0, 2, 0] leave windows [2, 2] empty'],
  ],
  ['a pool of integers', () => op.maxPool(op.cast(image, 'int32'), { window: [2, 2] }), 'DTYPE', ['MaxPool: Needs a']],
  [
    'an index that is not there',
    () => interpret(graph('g', { z: op.gather(x, op.constant(2, [1], 'int64')) }), { x: ndarray(0, [2, 3]) }),
    'INDEX',
    ['Index 2 is not among 2 rows'],
  ],
  [
    'a gradient of no scalar',
    () => grad(x, new Vector([leaf([2, 3])], [x])),
    'NOT_SCALAR',
    ['float32[2, 3]', 'mean or sum'],
  ],
  ['a tangent of another type', () => jvp([x], [x], [y]), 'TANGENT', ['float32[2, 3]', 'float32[4, 3]']],
  [
    'a linear operator without transpose',
    () => scope('stem', () => vjp([apply1(cube, [x])], [x], [x])),
    'NO_TRANSPOSE',
    ['Operator Cube has no transpose', 'transposing Cube'],
  ],
  [
    'a vector that does not fit its leaves',
    () => new Vector([leaf([3])], [x]),
    'VECTOR',
    ['Leaf "w" has shape [3], but got float32[2, 3]'],
  ],
  [
    'a leaf that is not there',
    () => new Vector([leaf([2, 3])], [x]).get('b'),
    'VECTOR',
    ['no leaf "b"', 'There are: w'],
  ],
  ['a fraction among integers', () => labels.add(0.5), 'ARRAY_VALUE', ['0.5 is not a value of int64']],
  ['an array of the wrong size', () => ndarray([1, 2], [3]), 'ARRAY_SIZE', ['[3] has 3 elements, but 2 were given']],
  [
    'two inputs of one name',
    () => graph('g', { z: op.input('a', [1]).add(op.input('a', [1])) }),
    'INPUT_NAME',
    ['two inputs named "a"'],
  ],
  [
    'an input that is not fed',
    () => interpret(graph('g', { z: x.neg() })),
    'INPUT_MISSING',
    ['Input "x" of type float32[2, 3] was not fed'],
  ],
  [
    'an input of another shape',
    () => interpret(graph('g', { z: x.neg() }), { x: ndarray(0, [3]) }),
    'INPUT_TYPE',
    ['"x" is float32[2, 3], but was fed float32[3]'],
  ],
  [
    'a name of an input and an output',
    () => writeOnnx(graph('g', { x: x.neg() })),
    'ONNX_NAME',
    ['"x" names both an input and an output'],
  ],
  [
    'an input that the graph does not list',
    () => writeOnnx({ name: 'g', inputs: {}, outputs: { z: x.neg() } }),
    'ONNX_INPUT',
    ['"g" depends on "x"'],
  ],
]

describe('errors name what is wrong, where, and what to do', () => {
  it.each(mistakes)('%s', (_, act, code, texts) => {
    let thrown: unknown
    try {
      act()
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(EosError)
    const error = thrown as EosError
    expect(error.code).toBe(code)
    for (const text of texts) expect(error.message).toContain(text)
  })

  it('leave no scope open', () => {
    expect(() => scope('broken', () => x.add(y))).toThrow(EosError)
    expect(op.tanh(x).node.scope).toBe('')
  })
})
