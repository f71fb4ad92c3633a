import { apply1 } from '../apply.ts'
import * as op from '../ops/index.ts'
import { constant } from '../ops/leaf.ts'
import { Gemm } from '../ops/linear-algebra.ts'
import { argMax, reduceMax, reduceMean, reduceSum, reduceSumSquare } from '../ops/reduction.ts'
import { flip } from '../ops/shape.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Shape, TensorType } from '../type.ts'
import { batchNormCases } from './batch-norm-cases.ts'
import { convolutionCases } from './convolution-cases.ts'
import { sequenceCases } from './sequence-cases.ts'
import type { Domain } from './support.ts'

/** One application of an operator, for laws that hold of every operator. */
export interface Case {
  readonly operator: string
  readonly name: string
  readonly inputs: readonly TensorType[]
  readonly domain: Domain
  readonly build: (...inputs: Tensor[]) => Tensor
}

const float = (shape: Shape): TensorType => ({ shape, dtype: 'float32' })
const typed = (dtype: DType, shape: Shape): TensorType => ({ shape, dtype })

const shapes: readonly Shape[] = [[], [3], [2, 3], [2, 1, 3], [2, 1, 3, 2]]
/** Pairs that broadcast: equal, scalar on either side, inner and outer axes, both at once. */
const pairs: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[3], [3]],
  [[2, 3], []],
  [[], [2, 3]],
  [[2, 3], [3]],
  [
    [3, 1],
    [1, 4],
  ],
  [[2], [3, 1]],
  [
    [2, 1, 3],
    [2, 2, 1, 1],
  ],
  [[1, 1], [3]],
]

const show = (types: readonly TensorType[]): string =>
  types.map((t) => `${t.dtype === 'float32' ? '' : t.dtype}[${t.shape.join()}]`).join(' ')

const make = (
  operator: string,
  inputs: readonly TensorType[],
  build: Case['build'],
  domain: Domain = 'any',
  note = '',
): Case => ({
  operator,
  name: `${operator} ${show(inputs)}${note === '' ? '' : ` ${note}`}`,
  inputs,
  domain,
  build,
})

const unary = (operator: string, build: (x: Tensor) => Tensor, domain: Domain = 'any'): Case[] =>
  shapes.map((shape) => make(operator, [float(shape)], build as Case['build'], domain))

const binary = (
  operator: string,
  build: (a: Tensor, b: Tensor) => Tensor,
  domain: Domain = 'any',
  dtype: DType = 'float32',
): Case[] => pairs.map(([a, b]) => make(operator, [typed(dtype, a), typed(dtype, b)], build as Case['build'], domain))

const arithmetic: readonly Case[] = [
  ...binary('Add', op.add),
  ...binary('Sub', op.sub),
  ...binary('Mul', op.mul),
  ...binary('Div', op.div, 'positive'),
  ...unary('Neg', op.neg),
  ...(['int32', 'int64'] as const).flatMap((dtype) => [
    make('Add', [typed(dtype, [2, 3]), typed(dtype, [3])], op.add as Case['build']),
    make('Mul', [typed(dtype, [2, 3]), typed(dtype, [3])], op.mul as Case['build']),
  ]),
  ...unary('Identity', op.identity),
  ...unary('DataMean', op.dataMean),
  make('StopGradient', [float([2, 3])], op.stopGradient as Case['build']),
  make('Constant', [float([2, 3])], (x) => op.mul(x as Tensor, constant([1, -2, 3], [3]))),
]

const elementary: readonly Case[] = [
  ...unary('Exp', op.exp),
  ...unary('Log', op.log, 'positive'),
  ...unary('Sqrt', op.sqrt, 'positive'),
  ...unary('Reciprocal', op.reciprocal, 'positive'),
  ...unary('Tanh', op.tanh),
  ...unary('Sigmoid', op.sigmoid),
  ...unary('Softplus', op.softplus),
  ...unary('Erf', op.erf),
  ...unary('Sin', op.sin),
  ...unary('Cos', op.cos),
  ...binary('Pow', op.power, 'positive'),
  ...[3, 1.5, -2, 0].map((p) => make('Pow', [float([2, 3])], (x) => op.pow(x as Tensor, p), 'positive', `** ${p}`)),
  make('Pow', [float([2, 3])], (x) => op.pow(x as Tensor, 3), 'any', '** 3 of either sign'),
]

const selection: readonly Case[] = [
  ...unary('Relu', op.relu, 'spaced'),
  ...unary('Abs', op.abs, 'spaced'),
  ...unary('Sign', op.sign, 'spaced'),
  ...binary('Max', op.maximum, 'spaced'),
  ...binary('Min', op.minimum, 'spaced'),
  ...(
    [
      [[], [], []],
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
      [[3], [2, 1], []],
      [[2, 1], [3], [1, 1, 3]],
      [[], [2], [3, 1]],
      [[2, 2, 3], [3], [2, 1]],
    ] as const
  ).map(([c, a, b]) => make('Where', [typed('bool', c), float(a), float(b)], op.where as Case['build'])),
]

const comparison: readonly Case[] = [
  ...binary('Equal', op.equal, 'ties'),
  ...binary('Less', op.less, 'ties'),
  ...binary('LessOrEqual', op.lessOrEqual, 'ties'),
  ...binary('Greater', op.greater, 'ties'),
  ...binary('GreaterOrEqual', op.greaterOrEqual, 'ties'),
  ...binary('And', op.and, 'any', 'bool'),
  ...binary('Or', op.or, 'any', 'bool'),
  make('Equal', [typed('int64', [4]), typed('int64', [3, 1])], op.equal as Case['build']),
  make('Not', [typed('bool', [2, 3])], op.not as Case['build']),
  make('Not', [typed('bool', [])], op.not as Case['build']),
  ...(['float32', 'int64', 'int32', 'bool'] as const).flatMap((from) =>
    (['float32', 'float64', 'int64', 'int32', 'bool'] as const)
      .filter((to) => to !== from)
      .map((to) => make('Cast', [typed(from, [2, 3])], (x) => op.cast(x as Tensor, to), 'spaced', `to ${to}`)),
  ),
  make(
    'Cast',
    [float([2, 3])],
    (x) => op.cast(op.cast(x as Tensor, 'float64'), 'float32'),
    'any',
    'to float64 and back',
  ),
]

const matmulShapes: readonly (readonly [Shape, Shape])[] = [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [2, 3],
    [3, 4],
  ],
  [
    [2, 2, 3],
    [3, 2],
  ],
  [
    [2, 3],
    [2, 3, 2],
  ],
  [
    [2, 2, 3],
    [2, 3, 2],
  ],
  [
    [2, 1, 2, 3],
    [3, 3, 2],
  ],
]
const gemmGrid = [0, 1].flatMap((transA) =>
  [0, 1].flatMap((transB) => ([undefined, [], [4], [2, 1], [2, 4]] as const).map((c) => ({ transA, transB, c }))),
)
const algebra: readonly Case[] = [
  ...matmulShapes.map(([a, b]) => make('MatMul', [float(a), float(b)], op.matmul as Case['build'])),
  ...gemmGrid.map(({ transA, transB, c }) =>
    make(
      'Gemm',
      [float(transA ? [3, 2] : [2, 3]), float(transB ? [4, 3] : [3, 4]), ...(c ? [float(c)] : [])],
      (...inputs) => apply1(Gemm, inputs, { alpha: 0.5, beta: -1.5, transA, transB }),
      'any',
      `transA ${transA} transB ${transB}`,
    ),
  ),
  ...([[], [0], [1, 0], [2, 0, 1], [0, 2, 1], [3, 1, 0, 2]] as const).map((perm) =>
    make(
      'Transpose',
      [float([2, 3, 1, 2].slice(0, perm.length))],
      (x) => op.transpose(x as Tensor, perm),
      'any',
      `(${perm.join()})`,
    ),
  ),
]

const reductions = {
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  ReduceSumSquare: reduceSumSquare,
  ReduceMax: reduceMax,
}
const reduction: readonly Case[] = [
  ...Object.entries(reductions).flatMap(([type, reduce]) =>
    (
      [
        [[], []],
        [[4], [0]],
        [[2, 3], [1]],
        [
          [2, 3],
          [0, 1],
        ],
        [[2, 3], []],
        [
          [2, 1, 3],
          [-1, 0],
        ],
        [
          [2, 1, 3, 2],
          [1, 2],
        ],
      ] as const
    ).flatMap(([shape, axes]) =>
      [false, true].map((keep) =>
        make(
          type,
          [float(shape)],
          (x) => reduce(x as Tensor, axes, keep),
          type === 'ReduceMax' ? 'spaced' : 'any',
          `over (${axes.join()})${keep ? ' kept' : ''}`,
        ),
      ),
    ),
  ),
  ...(
    [
      [[4], 0],
      [[2, 3], 1],
      [[2, 3], 0],
      [[2, 1, 3, 2], -2],
    ] as const
  ).flatMap(([shape, axis]) =>
    (['spaced', 'ties'] as const).map((domain) =>
      make('ArgMax', [float(shape)], (x) => argMax(x as Tensor, axis), domain, `${domain} along ${axis}`),
    ),
  ),
]

const shaping: readonly Case[] = [
  ...(
    [
      [[], [1, 1]],
      [[6], [2, 3]],
      [
        [2, 3],
        [3, 1, 2],
      ],
      [[1, 1], []],
      [[2, 1, 3, 2], [12]],
    ] as const
  ).map(([from, to]) => make('Reshape', [float(from)], (x) => op.reshape(x as Tensor, to), 'any', `to [${to.join()}]`)),
  ...(
    [
      [[], [2, 3]],
      [[3], [2, 3]],
      [
        [2, 1],
        [2, 3],
      ],
      [[1], [2, 2, 1, 3]],
      [
        [2, 1, 3],
        [2, 2, 2, 3],
      ],
    ] as const
  ).map(([from, to]) => make('Expand', [float(from)], (x) => op.expand(x as Tensor, to), 'any', `to [${to.join()}]`)),
  make('Concat', [float([2]), float([3])], (a, b) => op.concat([a as Tensor, b as Tensor], 0)),
  make('Concat', [float([2, 1]), float([2, 3]), float([2, 2])], (...all) => op.concat(all, -1)),
  make('Concat', [float([2, 1, 2, 1]), float([2, 3, 2, 1])], (...all) => op.concat(all, 1)),
  ...(
    [
      [[5], 0, 1, 4, 1],
      [[5], 0, 0, 5, 2],
      [[7], 0, 1, 6, 3],
      [[2, 6], 1, 1, 6, 2],
      [[2, 5, 2, 1], 1, 2, 5, 1],
      [[7], 0, 5, 0, -2],
      [[2, 6], 1, 4, -1, -3],
    ] as const
  ).map(([shape, axis, start, end, step]) =>
    make(
      'Slice',
      [float(shape)],
      (x) => op.slice(x as Tensor, axis, start, end, step),
      'any',
      `${start}:${end}:${step} of axis ${axis}`,
    ),
  ),
  make('Slice', [float([5])], (x) => flip(x as Tensor, [0]), 'any', 'backwards'),
  make('Slice', [float([2, 3, 4])], (x) => flip(x as Tensor, [2, 1]), 'any', 'of two axes backwards'),
  make('Pad', [float([3])], (x) => op.pad(x as Tensor, [1], [2])),
  make('Pad', [float([2, 3])], (x) => op.pad(x as Tensor, [0, 1], [1, 0])),
  make('Pad', [float([2, 1, 2, 1])], (x) => op.pad(x as Tensor, [0, 1, 0, 2], [1, 1, 0, 0])),
]

const gatherShapes = [
  [[5], []],
  [[5], [3]],
  [[4, 2], [6]],
  [
    [4, 2, 3],
    [2, 2],
  ],
] as const
const gathering: readonly Case[] = [
  ...gatherShapes.flatMap(([table, indices]) =>
    (['int32', 'int64'] as const).map((dtype) =>
      make('Gather', [float(table), typed(dtype, indices)], (x, at) => op.gather(x as Tensor, at as Tensor)),
    ),
  ),
  make(
    'Gather',
    [float([2, 5, 3]), typed('int64', [2, 2])],
    (x, at) => op.gather(x as Tensor, at as Tensor, 1),
    'any',
    'along 1',
  ),
  make(
    'Gather',
    [float([2, 3, 4]), typed('int64', [])],
    (x, at) => op.gather(x as Tensor, at as Tensor, -1),
    'any',
    'along -1',
  ),
]

/** Integers and float64, where the engine has kernels for them. */
const otherTypes: readonly Case[] = [
  ...(['int32', 'int64'] as const).flatMap((dtype) => {
    const pair = [typed(dtype, [2, 3]), typed(dtype, [3])]
    return [
      make('Sub', pair, op.sub as Case['build']),
      make('Max', pair, op.maximum as Case['build']),
      make('Min', pair, op.minimum as Case['build']),
      make('Div', pair, (a) => op.div(a as Tensor, 2), 'any', 'by 2'),
      make('Neg', pair, op.neg as Case['build']),
      make('Sign', pair, op.sign as Case['build']),
      make('Less', pair, op.less as Case['build']),
      make('Where', [typed('bool', [2, 1]), ...pair], op.where as Case['build']),
      make('Transpose', pair, (a) => op.transpose(a as Tensor)),
      make('Expand', pair, (a) => op.expand(a as Tensor, [2, 2, 3])),
      make('Slice', pair, (a) => op.slice(a as Tensor, 1, 0, 3, 2)),
      make('Concat', pair, (a) => op.concat([a as Tensor, a as Tensor], 0)),
      make('Pad', pair, (a) => op.pad(a as Tensor, [0, 1], [1, 0])),
      make('Gather', [typed(dtype, [4, 2]), typed('int64', [3])], (a, at) => op.gather(a as Tensor, at as Tensor)),
    ]
  }),
  make('Reshape', [typed('bool', [2, 3])], (a) => op.reshape(a as Tensor, [3, 2])),
  make('MatMul', [typed('float64', [2, 3]), typed('float64', [3, 2])], op.matmul as Case['build']),
  make('Gemm', [typed('float64', [2, 3]), typed('float64', [3, 2])], (a, b) =>
    op.add(op.mul(op.matmul(a as Tensor, b as Tensor), 0.1), 0.3),
  ),
  make('Softmax', [typed('float64', [2, 3])], (a) => op.softmax(a as Tensor)),
  make('Tanh', [typed('float64', [2, 3])], op.tanh as Case['build']),
]

/** Every operator over a grid of shapes and attributes. */
export const cases: readonly Case[] = [
  ...arithmetic,
  ...elementary,
  ...selection,
  ...comparison,
  ...algebra,
  ...reduction,
  ...convolutionCases,
  ...batchNormCases,
  ...gathering,
  ...sequenceCases,
  ...shaping,
  ...otherTypes,
]
