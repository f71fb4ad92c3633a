import { describe, expect, it } from 'vitest'
import { type NdArray, ndarray } from '../array.ts'
import { EosError } from '../error.ts'
import { graph, nodesOf } from '../graph.ts'
import { interpret } from '../interpret.ts'
import { cases } from '../laws/cases.ts'
import { expectSame, randomArray, randomFeeds, randomFrom, runOnnx } from '../laws/support.ts'
import * as op from '../ops/index.ts'
import { scope } from '../scope.ts'
import type { Shape } from '../type.ts'
import { readOnnx } from './read.ts'
import { attributeType, modelProto, type NodeProto } from './schema.ts'
import { tensorOf, valueInfoOf } from './tensors.ts'
import { encode } from './wire.ts'
import { writeOnnx } from './write.ts'

describe('writing and reading keeps the meaning of', () => {
  it.each(cases)('$name', ({ inputs, build, domain }) => {
    const tensors = inputs.map((type, i) => op.input(`x${i}`, type.shape, type.dtype))
    const before = graph('one', { y: build(...tensors) })
    const random = randomFrom(3)
    const feeds = Object.fromEntries(inputs.map((type, i) => [`x${i}`, randomArray(random, type, domain, 0.07 * i)]))
    for (const simplify of [false, true]) {
      const after = readOnnx(writeOnnx(before, { simplify }))
      expect(Object.keys(after.inputs)).toEqual(Object.keys(before.inputs))
      expectSame(interpret(after, feeds), interpret(before, feeds), 1e-7)
    }
  })
})

const int = (name: string, i: number) => ({ name, type: attributeType.int, i })
const ints = (name: string, list: readonly number[]) => ({ name, type: attributeType.ints, ints: list })

const text = (name: string, value: string) => ({ name, type: attributeType.string, s: new TextEncoder().encode(value) })

const integer = new Set(['ArgMax', 'Shape'])

/** A file of one node as another exporter would write it: one float input `x` of a shape, int64 operands, output `y`. */
function fileOf(
  node: NodeProto,
  shape: Shape,
  operands: Record<string, readonly number[] | NdArray> = {},
  opset = 13,
): Uint8Array {
  return encode(modelProto, {
    irVersion: 8,
    graph: {
      name: 'test',
      node: [{ name: 'node', output: ['y'], ...node }],
      initializer: Object.entries(operands).map(([name, list]) =>
        tensorOf(name, 'data' in list ? list : ndarray(list, [list.length], 'int64')),
      ),
      input: [valueInfoOf('x', { shape, dtype: 'float32' })],
      output: [{ name: 'y', type: { tensorType: { elemType: integer.has(node.opType ?? '') ? 7 : 1 } } }],
    },
    opsetImport: [{ version: opset }],
  })
}

describe('what other exporters write', () => {
  const end = 2 ** 63
  const files: readonly [string, Uint8Array][] = [
    [
      'ReduceMean with an axes attribute',
      fileOf({ opType: 'ReduceMean', input: ['x'], attribute: [ints('axes', [-1]), int('keepdims', 0)] }, [2, 3]),
    ],
    ['ReduceMax over all axes', fileOf({ opType: 'ReduceMax', input: ['x'] }, [2, 3])],
    ['ReduceSum with an axes input', fileOf({ opType: 'ReduceSum', input: ['x', 'a'] }, [2, 3], { a: [0] })],
    ['ReduceMean with an axes input', fileOf({ opType: 'ReduceMean', input: ['x', 'a'] }, [2, 3], { a: [-2] }, 18)],
    [
      'ReduceSum that keeps all',
      fileOf({ opType: 'ReduceSum', input: ['x'], attribute: [int('noop_with_empty_axes', 1)] }, [2, 3]),
    ],
    ['Reshape with 0 and -1', fileOf({ opType: 'Reshape', input: ['x', 's'] }, [2, 3, 4], { s: [0, -1] }, 21)],
    [
      'Slice with negative and open ends',
      fileOf({ opType: 'Slice', input: ['x', 's', 'e'] }, [4, 5], { s: [-3, 1], e: [end - 1024, -1] }),
    ],
    [
      'Slice with axes and steps',
      fileOf({ opType: 'Slice', input: ['x', 's', 'e', 'a', 't'] }, [4, 5], {
        s: [1],
        e: [end - 1024],
        a: [-1],
        t: [2],
      }),
    ],
    [
      'Slice backwards',
      fileOf({ opType: 'Slice', input: ['x', 's', 'e', 'a', 't'] }, [4, 5], {
        s: [-1, 3],
        e: [1024 - end, 0],
        a: [0, 1],
        t: [-1, -2],
      }),
    ],
    ['Unsqueeze', fileOf({ opType: 'Unsqueeze', input: ['x', 'a'] }, [2, 3], { a: [0, -1] })],
    ['Squeeze', fileOf({ opType: 'Squeeze', input: ['x', 'a'] }, [1, 3, 1], { a: [0] })],
    ['Squeeze of all', fileOf({ opType: 'Squeeze', input: ['x'] }, [1, 3, 1])],
    ['Flatten', fileOf({ opType: 'Flatten', input: ['x'], attribute: [int('axis', 2)] }, [2, 3, 2, 2])],
    ['Flatten at 0', fileOf({ opType: 'Flatten', input: ['x'], attribute: [{ name: 'axis', type: 2 }] }, [2, 3])],
    ['Softmax', fileOf({ opType: 'Softmax', input: ['x'], attribute: [int('axis', 1)] }, [2, 3, 2])],
    ['LogSoftmax', fileOf({ opType: 'LogSoftmax', input: ['x'] }, [2, 3])],
    ['Gelu', fileOf({ opType: 'Gelu', input: ['x'] }, [2, 3], {}, 20)],
    [
      'Gelu by tanh',
      fileOf({ opType: 'Gelu', input: ['x'], attribute: [text('approximate', 'tanh')] }, [2, 3], {}, 20),
    ],
    [
      'LayerNormalization over two axes',
      fileOf(
        { opType: 'LayerNormalization', input: ['x', 's', 'b'], attribute: [int('axis', -2)] },
        [2, 2, 3],
        { s: ndarray([1, 2, 3, 4, 5, 6], [2, 3]), b: ndarray([0.1, 0.2, 0.3], [3]) },
        17,
      ),
    ],
    [
      'LayerNormalization without a shift',
      fileOf({ opType: 'LayerNormalization', input: ['x', 's'] }, [2, 3], { s: ndarray([1, 2, 3], [3]) }, 17),
    ],
    ['Clip', fileOf({ opType: 'Clip', input: ['x', 'l', 'm'] }, [2, 3], { l: ndarray(-0.2, []), m: ndarray(0.3, []) })],
    ['Clip from above', fileOf({ opType: 'Clip', input: ['x', '', 'm'] }, [2, 3], { m: ndarray(0.3, []) })],
    [
      'Pow with an integer exponent',
      fileOf({ opType: 'Pow', input: ['x', 'p'] }, [2, 3], { p: ndarray(3, [], 'int64') }),
    ],
    ['Shape', fileOf({ opType: 'Shape', input: ['x'] }, [2, 3])],
    [
      'ConstantOfShape',
      fileOf(
        {
          opType: 'ConstantOfShape',
          input: ['s'],
          attribute: [{ name: 'value', type: 4, t: tensorOf('', ndarray(7, [1])) }],
        },
        [1],
        { s: [2, 2] },
      ),
    ],
    ['ArgMax with its defaults', fileOf({ opType: 'ArgMax', input: ['x'] }, [3, 2])],
    [
      'Gemm with its defaults',
      fileOf({ opType: 'Gemm', input: ['x', 'b'] }, [2, 3], { b: ndarray([1, 2, 3, 4, 5, 6], [3, 2]) }),
    ],
    [
      'Gather of a known index',
      fileOf({ opType: 'Gather', input: ['x', 'i'], attribute: [int('axis', -1)] }, [2, 3], {
        i: ndarray(-1, [], 'int64'),
      }),
    ],
    [
      'ScatterND that adds',
      fileOf(
        { opType: 'ScatterND', input: ['x', 'i', 'u'], attribute: [text('reduction', 'add')] },
        [4],
        { i: ndarray([1, 1, -1], [3, 1], 'int64'), u: ndarray([1, 2, 3], [3]) },
        18,
      ),
    ],
    [
      'Gather along an axis',
      fileOf({ opType: 'Gather', input: ['x', 'i'], attribute: [int('axis', 1)] }, [2, 3, 2], { i: [2, 0, -1] }),
    ],
    ['Transpose without perm', fileOf({ opType: 'Transpose', input: ['x'] }, [2, 3, 4])],
    ['MatMul of vectors', fileOf({ opType: 'MatMul', input: ['x', 'x'] }, [3])],
    ['Sum of three', fileOf({ opType: 'Sum', input: ['x', 'x', 'x'] }, [2])],
    ['Max of one', fileOf({ opType: 'Max', input: ['x'] }, [2])],
    [
      'Pad with axes, growing and cropping',
      fileOf({ opType: 'Pad', input: ['x', 'p', '', 'a'] }, [2, 5], { p: [-1, 2], a: [-1] }, 18),
    ],
    [
      'Conv with a bias and pads of its own making',
      fileOf({ opType: 'Conv', input: ['x', 'w', 'b'], attribute: [text('auto_pad', 'SAME_UPPER')] }, [1, 1, 4, 3], {
        w: ndarray([1, -2, 3, 4, 5, 6, -7, 8], [2, 1, 2, 2]),
        b: ndarray([0.5, -1], [2]),
      }),
    ],
    [
      'Conv with pads in front and strides',
      fileOf(
        {
          opType: 'Conv',
          input: ['x', 'w'],
          attribute: [text('auto_pad', 'SAME_LOWER'), ints('strides', [2]), ints('kernel_shape', [4])],
        },
        [1, 1, 5],
        { w: ndarray([1, -2, 3, 4], [1, 1, 4]) },
      ),
    ],
    [
      'ConvTranspose with its defaults',
      fileOf({ opType: 'ConvTranspose', input: ['x', 'w'] }, [1, 2, 2, 3], {
        w: ndarray([1, -2, 3, 4, 5, 6, -7, 8], [2, 1, 2, 2]),
      }),
    ],
    ...(['MaxPool', 'AveragePool'] as const).flatMap((opType): [string, Uint8Array][] => [
      [
        `${opType} that rounds up`,
        fileOf(
          {
            opType,
            input: ['x'],
            attribute: [int('ceil_mode', 1), ints('kernel_shape', [3]), ints('strides', [2]), ints('pads', [1, 0])],
          },
          [1, 2, 5],
        ),
      ],
      [
        `${opType} with its defaults`,
        fileOf({ opType, input: ['x'], attribute: [ints('kernel_shape', [2])] }, [1, 2, 5]),
      ],
    ]),
    [
      'MaxPool that rounds up to a window in the padding, which is none',
      fileOf(
        {
          opType: 'MaxPool',
          input: ['x'],
          attribute: [int('ceil_mode', 1), ints('kernel_shape', [2]), ints('strides', [2]), ints('pads', [1, 1])],
        },
        [1, 1, 3],
      ),
    ],
    [
      'AveragePool over its padding',
      fileOf(
        {
          opType: 'AveragePool',
          input: ['x'],
          attribute: [int('count_include_pad', 1), ints('kernel_shape', [3]), ints('pads', [1, 1])],
        },
        [1, 2, 5],
      ),
    ],
    [
      'BatchNormalization with its defaults',
      fileOf({ opType: 'BatchNormalization', input: ['x', 's', 'b', 'm', 'v'] }, [2, 2, 3], {
        s: ndarray([0.5, -2], [2]),
        b: ndarray([1, 0], [2]),
        m: ndarray([0.25, -1], [2]),
        v: ndarray([2, 0.5], [2]),
      }),
    ],
    ['GlobalAveragePool', fileOf({ opType: 'GlobalAveragePool', input: ['x'] }, [2, 2, 3, 2])],
    ['GlobalMaxPool', fileOf({ opType: 'GlobalMaxPool', input: ['x'] }, [2, 2, 3, 2])],
    ['Expand both ways', fileOf({ opType: 'Expand', input: ['x', 's'] }, [3, 1], { s: [2, 1, 4] })],
  ]
  it.each(files)('%s', async (_, bytes) => {
    const read = readOnnx(bytes)
    const feeds = randomFeeds(randomFrom(5), read)
    expectSame(interpret(read, feeds), await runOnnx(bytes, feeds), 1e-6)
  })

  it('weights that are listed as inputs too, as before IR version 4', () => {
    const weight = ndarray([1, 2], [2])
    const bytes = encode(modelProto, {
      graph: {
        node: [{ opType: 'Add', input: ['x', 'w'], output: ['y'] }],
        initializer: [tensorOf('w', weight)],
        input: [valueInfoOf('x', weight), valueInfoOf('w', weight)],
        output: [{ name: 'y' }],
      },
      opsetImport: [{ version: 13 }],
    })
    expect(Object.keys(readOnnx(bytes).inputs)).toEqual(['x'])
  })

  it('constants in each of their forms, and data that is not raw', () => {
    const forms = [
      { name: 'value_float', type: 1, f: 1.5 },
      { name: 'value_floats', type: 6, floats: [1, 2] },
      { name: 'value_int', type: 2, i: -3 },
      ints('value_ints', [4, 5]),
      { name: 'value', type: 4, t: { dims: [2], dataType: 1, floatData: [0.5, 0.25] } },
      { name: 'value', type: 4, t: { dims: [2], dataType: 9, int32Data: [0, 1] } },
      { name: 'value', type: 4, t: { dims: [1], dataType: 11, doubleData: [0.1] } },
    ]
    const bytes = encode(modelProto, {
      graph: {
        node: forms.map((attribute, i) => ({ opType: 'Constant', output: [`c${i}`], attribute: [attribute] })),
        output: forms.map((_, i) => ({ name: `c${i}` })),
      },
      opsetImport: [{ version: 13 }],
    })
    expect(
      Object.values(interpret(readOnnx(bytes))).map(({ data, shape, dtype }) => [dtype, shape, [...data]]),
    ).toEqual([
      ['float32', [], [1.5]],
      ['float32', [2], [1, 2]],
      ['int64', [], [-3]],
      ['int64', [2], [4, 5]],
      ['float32', [2], [0.5, 0.25]],
      ['bool', [2], [0, 1]],
      ['float64', [1], [0.1]],
    ])
  })

  it('shapes that are computed from constants', () => {
    const node = (opType: string, input: string[], output: string, more: NodeProto = {}): NodeProto => ({
      opType,
      input,
      output: [output],
      ...more,
    })
    const bytes = encode(modelProto, {
      graph: {
        node: [
          node('Constant', [], 'two', { attribute: [ints('value_ints', [2])] }),
          node('Constant', [], 'three', { attribute: [ints('value_ints', [3])] }),
          node('Concat', ['two', 'three'], 's', { attribute: [int('axis', 0)] }),
          node('Reshape', ['x', 's'], 'y'),
        ],
        input: [valueInfoOf('x', { shape: [6], dtype: 'float32' })],
        output: [{ name: 'y' }],
      },
      opsetImport: [{ version: 17 }],
    })
    expect(readOnnx(bytes).outputs.y?.shape).toEqual([2, 3])
  })
})

describe('names', () => {
  it('come back: inputs, also unused ones, outputs, scopes', () => {
    const [x, unused] = [op.input('x', [2]), op.input('unused', [3])]
    const y = scope('encoder', () => scope('dense', () => op.tanh(x)))
    const before = { ...graph('named', { first: y, second: y, same: x }), inputs: { x, unused } }
    const after = readOnnx(writeOnnx(before))
    expect(after.name).toBe('named')
    expect(Object.keys(after.inputs)).toEqual(['x', 'unused'])
    expect(Object.keys(after.outputs)).toEqual(['first', 'second', 'same'])
    expect(nodesOf(Object.values(after.outputs)).find(({ operator }) => operator.type === 'Tanh')?.scope).toBe(
      'encoder/dense',
    )
  })

  it('like those of object members are names like others', () => {
    const x = op.input('__proto__', [2])
    const after = readOnnx(writeOnnx(graph('g', { constructor: op.tanh(x).add(op.input('toString', [2])) })))
    expect(Object.keys(after.inputs)).toEqual(['__proto__', 'toString'])
    expect(Object.keys(after.outputs)).toEqual(['constructor'])
  })
})

const failure = (act: () => unknown): EosError => {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(EosError)
    return error as EosError
  }
  return expect.fail('nothing was thrown')
}

describe('refusals', () => {
  it.each([
    ['an operator that graphs lack', fileOf({ opType: 'LSTM', input: ['x'] }, [2]), 'ONNX_UNSUPPORTED', 'LSTM "node"'],
    [
      'another domain',
      fileOf({ opType: 'Add', domain: 'com.microsoft', input: ['x', 'x'] }, [2]),
      'ONNX_UNSUPPORTED',
      'com.microsoft',
    ],
    ['an old opset', fileOf({ opType: 'Tanh', input: ['x'] }, [2], {}, 9), 'ONNX_UNSUPPORTED', 'Opset 9'],
    ['a missing value', fileOf({ opType: 'Tanh', input: ['z'] }, [2]), 'ONNX_CORRUPT', 'Tanh "node" reads "z"'],
    [
      'shapes that do not fit',
      fileOf({ opType: 'MatMul', input: ['x', 'x'] }, [2, 3]),
      'SHAPE',
      'reading MatMul "node"',
    ],
    [
      'an unknown axis',
      fileOf({ opType: 'Softmax', input: ['x'], attribute: [int('axis', 4)] }, [2]),
      'ONNX_CORRUPT',
      'axis 4',
    ],
    [
      'a computed shape',
      fileOf({ opType: 'Reshape', input: ['x', 'x'] }, [2]),
      'ONNX_UNSUPPORTED',
      'not a constant list',
    ],
    [
      'a dilated pool',
      fileOf(
        { opType: 'MaxPool', input: ['x'], attribute: [ints('kernel_shape', [2]), ints('dilations', [2])] },
        [1, 1, 5],
      ),
      'ONNX_UNSUPPORTED',
      'it is dilated',
    ],
    [
      'a pool without a window',
      fileOf({ opType: 'AveragePool', input: ['x'] }, [1, 1, 5]),
      'ONNX_CORRUPT',
      'AveragePool lacks its kernel_shape',
    ],
    [
      'a normalisation in training mode',
      fileOf(
        { opType: 'BatchNormalization', input: ['x', 'x', 'x', 'x', 'x'], attribute: [int('training_mode', 1)] },
        [2],
      ),
      'ONNX_UNSUPPORTED',
      'in training mode',
    ],
    [
      'a kernel_shape that is not that of the weight',
      fileOf({ opType: 'Conv', input: ['x', 'x'], attribute: [ints('kernel_shape', [2])] }, [1, 1, 5]),
      'ONNX_CORRUPT',
      'kernel_shape [2]',
    ],
    [
      'an adjoint whose pads the engine would choose',
      fileOf({ opType: 'ConvTranspose', input: ['x', 'x'], attribute: [text('auto_pad', 'SAME_UPPER')] }, [1, 1, 5]),
      'ONNX_UNSUPPORTED',
      'its pads are not explicit',
    ],
    ['no graph', new Uint8Array(), 'ONNX_CORRUPT', 'no graph'],
    ['text', new TextEncoder().encode('{"model": 1}'), 'ONNX_CORRUPT', 'not a valid .onnx file'],
  ] as const)('%s', (_, bytes, code, text) => {
    const error = failure(() => readOnnx(bytes))
    expect(error.code).toBe(code)
    expect(error.message).toContain(text)
  })

  it('an axis that is not fixed', () => {
    const bytes = encode(modelProto, {
      graph: {
        input: [
          { name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ param: 'batch' }, { value: 3 }] } } } },
        ],
        output: [{ name: 'x' }],
      },
      opsetImport: [{ version: 17 }],
    })
    const error = failure(() => readOnnx(bytes))
    expect([error.code, error.message]).toEqual([
      'ONNX_SHAPE',
      '[eos] Input "x" has the axis "batch". Export the model with fixed shapes.',
    ])
  })

  it('a tensor whose data and shape disagree', () => {
    const bytes = encode(modelProto, {
      graph: { initializer: [{ name: 'w', dims: [1 << 20, 1 << 10], dataType: 1, rawData: new Uint8Array(8) }] },
      opsetImport: [{ version: 17 }],
    })
    expect(failure(() => readOnnx(bytes)).code).toBe('ONNX_CORRUPT')
  })
})

describe('garbage', () => {
  const x = op.input('x', [2, 3])
  const table = op.constant([1, -2, 3, 0.5, 7, 9], [3, 2])
  const y = scope('layer', () => op.reduceSum(op.pad(op.relu(x.matmul(table)), [0, 1], [1, 0]), [1]))
  const sliced = op.slice(op.transpose(x), 0, 0, 3, 2)
  const valid = writeOnnx(graph('valid', { y, e: op.expand(op.softmax(x), [2, 2, 3]), m: op.argMax(x, 1), sliced }), {
    simplify: false,
  })

  /** Reads; anything but a graph or an EosError fails the test. */
  const survives = (bytes: Uint8Array): 'read' | 'refused' => {
    try {
      readOnnx(bytes)
      return 'read'
    } catch (error) {
      if (error instanceof EosError) return 'refused'
      throw error
    }
  }

  it('cut anywhere is refused or read, never a crash', () => {
    const results = Array.from(valid, (_, length) => survives(valid.subarray(0, length)))
    expect(results.filter((result) => result === 'refused').length).toBeGreaterThan(valid.length / 2)
  })

  it('with flipped bits is refused or read, never a crash', () => {
    const random = randomFrom(11)
    const results = Array.from({ length: 600 }, (_, i) => {
      const bytes = valid.slice()
      for (let flips = 0; flips <= i % 4; flips++) {
        const at = Math.floor(random() * bytes.length)
        bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8))
      }
      return survives(bytes)
    })
    expect(new Set(results)).toEqual(new Set(['read', 'refused']))
  })

  it('of random bytes is refused', () => {
    const random = randomFrom(12)
    for (let i = 0; i < 300; i++)
      survives(Uint8Array.from({ length: 1 + Math.floor(random() * 200) }, () => Math.floor(random() * 256)))
  })

  it('nested in groups is refused', () => {
    expect(survives(new Uint8Array(1 << 16).fill((99 << 3) | 3))).toBe('refused')
  })

  it('shares no memory with the constants read from it', () => {
    const bytes = writeOnnx(graph('g', { y: x.mul(op.constant([1, 2, 3], [3])) }))
    const read = readOnnx(bytes)
    bytes.fill(0)
    const feeds = { x: ndarray([1, 1, 1, 1, 1, 1], [2, 3]) }
    expect([...(interpret(read, feeds).y as NdArray).data]).toEqual([1, 2, 3, 1, 2, 3])
  })
})
