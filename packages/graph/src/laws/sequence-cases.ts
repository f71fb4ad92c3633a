import * as op from '../ops/index.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Shape, TensorType } from '../type.ts'
import type { Case } from './cases.ts'
import type { Domain } from './support.ts'

const typed = (dtype: DType, shape: Shape): TensorType => ({ shape, dtype })
const float = (shape: Shape): TensorType => typed('float32', shape)

/** A case of what is composed of operators, under the one that it is about. */
const make = (
  operator: string,
  note: string,
  inputs: readonly TensorType[],
  build: (...inputs: Tensor[]) => Tensor,
  domain: Domain = 'any',
): Case => ({
  operator,
  name: `${note} ${inputs.map(({ shape }) => `[${shape.join()}]`).join(' ')}`,
  inputs,
  domain,
  build,
})

const sums: readonly (readonly [Shape, readonly number[]])[] = [
  [[], []],
  [[4], [0]],
  [[2, 3], [1]],
  [
    [2, 3],
    [0, 1],
  ],
  [
    [2, 1, 3],
    [-1, 0],
  ],
]

const softmaxes: readonly Case[] = [
  ...(
    [
      [[4], 0],
      [[2, 3], -1],
      [[2, 3], 0],
      [[2, 1, 3, 2], 2],
    ] as const
  ).map(([shape, axis]) => make('Softmax', `softmax along ${axis}`, [float(shape)], (x) => op.softmax(x, axis))),
  make('Softmax', 'logSoftmax', [float([2, 3])], (x) => op.logSoftmax(x)),
  ...sums.flatMap(([shape, axes]) =>
    [false, true].map((keep) =>
      make(
        'ReduceMax',
        `reduceLogSumExp over (${axes.join()})${keep ? ' kept' : ''}`,
        [float(shape)],
        (x) => op.reduceLogSumExp(x, axes, keep),
        'spaced',
      ),
    ),
  ),
]

const layerNorms: readonly Case[] = [
  make('ReduceMean', 'layerNorm', [float([3])], (x) => op.layerNorm(x)),
  make('ReduceMean', 'layerNorm with scale and shift', [float([2, 4]), float([4]), float([4])], (x, scale, shift) =>
    op.layerNorm(x, { scale, shift, epsilon: 0.1 }),
  ),
  make('ReduceMean', 'layerNorm over the last two', [float([2, 2, 3]), float([2, 3])], (x, scale) =>
    op.layerNorm(x, { scale, axes: [-2, -1] }),
  ),
  make('ReduceMean', 'layerNorm over the first', [float([3, 2])], (x) => op.layerNorm(x, { axes: [0] })),
]

const activations: readonly Case[] = ([[], [3], [2, 1, 3]] as const).map((shape) =>
  make('Gelu', 'gelu', [float(shape)], op.gelu),
)

const dropouts: readonly Case[] = [
  make('Cast', 'dropout there and back', [float([2, 3])], (x) =>
    op.dropout(x, op.constant([0.1, 0.9, 0.5, 0.3, 0.2, 0.7], [2, 3]), 0.4),
  ),
  make('Cast', 'dropout of whole rows there and back', [float([2, 3])], (x) =>
    op.dropout(x, op.constant([0.1, 0.9], [2, 1]), 0.25),
  ),
]

const attentions: readonly Case[] = [
  make('Softmax', 'attention', [float([3, 2]), float([4, 2]), float([4, 3])], (q, k, v) => op.attention(q, k, v)),
  make('Softmax', 'causal attention', [float([2, 3, 2]), float([2, 3, 2]), float([2, 3, 2])], (q, k, v) =>
    op.attention(q, k, v, { causal: true }),
  ),
  make('Softmax', 'causal attention of heads', [float([2, 4]), float([2, 4]), float([2, 4])], (q, k, v) =>
    op.attention(q, k, v, { causal: true, heads: 2 }),
  ),
  make(
    'Softmax',
    'masked attention of heads',
    [float([2, 2, 4]), float([2, 3, 4]), float([2, 3, 4]), typed('bool', [2, 3])],
    (q, k, v, mask) => op.attention(q, k, v, { mask, heads: 2 }),
  ),
]

const rows: readonly Case[] = (
  [
    [[5], []],
    [[5], [3]],
    [[4, 2], [6]],
    [
      [4, 2, 3],
      [2, 2],
    ],
  ] as const
).flatMap(([table, indices]) =>
  (['int32', 'int64'] as const).map((dtype) =>
    make(
      'MatMul',
      'addRows',
      [float(table), typed(dtype, indices), float([...indices, ...table.slice(1)])],
      (onto, at, updates) => op.addRows(onto, at, updates),
    ),
  ),
)

/** What networks on sequences are made of, each composed of other operators or with them. */
export const sequenceCases: readonly Case[] = [
  ...softmaxes,
  ...layerNorms,
  ...activations,
  ...dropouts,
  ...attentions,
  ...rows,
]
