import { apply1 } from '../apply.ts'
import { BatchNormalization, batchNorm } from '../ops/batch-norm.ts'
import { constant } from '../ops/leaf.ts'
import type { Tensor } from '../tensor.ts'
import type { Shape, TensorType } from '../type.ts'
import type { Case } from './cases.ts'

/** Three numbers per channel at least: two are always normalised to -1 and 1, with derivatives of rounding alone. */
const shapes: readonly Shape[] = [
  [4, 2],
  [3, 1, 2],
  [2, 3, 2],
  [2, 2, 2, 3],
  [3, 2, 1, 1],
  [1, 2, 2, 1, 2],
]
const channels = (shape: Shape): TensorType => ({ shape: [shape[1] as number], dtype: 'float32' })
const named = (note: string, x: Shape, vectors: number): Pick<Case, 'operator' | 'name' | 'inputs'> => ({
  operator: 'BatchNormalization',
  name: `BatchNormalization [${x.join()}] ${note}`,
  inputs: [{ shape: x, dtype: 'float32' }, ...Array.from({ length: vectors }, () => channels(x))],
})

/** Normalisation by given statistics, and by those of the batch, which depend on the input. */
export const batchNormCases: readonly Case[] = shapes.flatMap((x): Case[] => {
  const running = [0, 1].map((value) => constant(value, channels(x).shape)) as [Tensor, Tensor]
  return [
    {
      ...named('by given statistics', x, 4),
      domain: 'positive',
      build: (...inputs) => apply1(BatchNormalization, inputs, { epsilon: 0.1 }),
    },
    ...(['microBatch', 'batch'] as const).map(
      (statistics): Case => ({
        ...named(`by those of the ${statistics}`, x, 2),
        domain: 'any',
        build: (image, scale, shift) =>
          batchNorm(image as Tensor, {
            ...{ scale: scale as Tensor, shift: shift as Tensor, statistics, mode: 'train' },
            ...{ runningMean: running[0], runningVariance: running[1] },
          }).output,
      }),
    ),
  ]
})
