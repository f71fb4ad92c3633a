import { type ConvolutionOptions, convolution, convolveTransposed } from '../ops/convolution/convolution.ts'
import { placesOf, windowsOf } from '../ops/convolution/windows.ts'
import { averagePool, maxPool, type PoolOptions } from '../ops/pooling.ts'
import type { Tensor } from '../tensor.ts'
import type { Shape, TensorType } from '../type.ts'
import type { Case } from './cases.ts'

const float = (shape: Shape): TensorType => ({ shape, dtype: 'float32' })

const show = (options: object): string =>
  Object.entries(options)
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(' ')

/** Image, weight, options: every attribute alone, and those that interact together. */
export const convolutions: readonly (readonly [Shape, Shape, ConvolutionOptions])[] = [
  [[2, 2, 5], [3, 2, 3], {}],
  [[2, 2, 6], [2, 2, 3], { strides: [2], pads: [1, 1] }],
  [[1, 2, 8], [2, 2, 2], { strides: [3], pads: [0, 2], dilations: [2] }],
  [[2, 2, 4], [2, 1, 3], { group: 2, dilations: [2], pads: [2, 0] }],
  [[2, 1, 4, 4], [2, 1, 3, 3], { pads: [1, 1, 1, 1] }],
  [[2, 2, 3, 3], [3, 2, 1, 1], {}],
  [[1, 2, 4, 5], [2, 2, 1, 1], { strides: [2, 2] }],
  [[1, 2, 4, 4], [2, 2, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }],
  [[1, 2, 5, 5], [2, 2, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }],
  [[2, 1, 4, 6], [2, 1, 2, 3], { strides: [2, 3] }],
  [[1, 1, 5, 7], [2, 1, 2, 2], { strides: [3, 3] }],
  [[1, 2, 3, 4], [2, 2, 2, 3], { pads: [0, 1, 2, 0] }],
  [[1, 2, 6, 6], [1, 2, 3, 2], { strides: [2, 1], pads: [1, 0, 2, 1], dilations: [1, 2] }],
  [[1, 1, 6, 6], [1, 1, 2, 2], { strides: [2, 2], dilations: [3, 3] }],
  [[1, 4, 3, 3], [4, 2, 2, 2], { group: 2 }],
  [[2, 3, 4, 4], [3, 1, 3, 3], { group: 3, pads: [1, 1, 1, 1] }],
  [[1, 2, 5, 4], [4, 1, 3, 3], { group: 2, strides: [2, 2], pads: [1, 1, 1, 1] }],
  [[1, 1, 1], [1, 1, 2], { strides: [4], pads: [4, 0] }],
  [[1, 1, 2, 2], [2, 1, 1, 1], { pads: [1, 1, 1, 1] }],
  [[1, 1, 2, 3], [2, 1, 4, 3], { pads: [1, 0, 1, 0] }],
  [[1, 2, 3, 3, 3], [2, 2, 2, 2, 2], { strides: [1, 2, 1], pads: [0, 1, 0, 1, 0, 0] }],
]

const pools: readonly (readonly [Shape, PoolOptions])[] = [
  [[2, 2, 6], { window: [2] }],
  [[1, 2, 7], { window: [3], strides: [2], pads: [1, 0] }],
  [[2, 2, 4, 4], { window: [2, 2] }],
  [[1, 2, 4, 6], { window: [4, 3] }],
  [[1, 2, 5, 5], { window: [2, 2] }],
  [[1, 2, 5, 6], { window: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  [[2, 1, 4, 4], { window: [3, 2], strides: [1, 1], pads: [0, 1, 2, 0] }],
  [[1, 1, 7, 7], { window: [2, 2], strides: [3, 3] }],
  [[1, 1, 4, 2, 2], { window: [2, 2, 2] }],
]

const named = (operator: string, inputs: readonly TensorType[], note: string): Omit<Case, 'build' | 'domain'> => ({
  operator,
  inputs,
  name: `${operator} ${inputs.map(({ shape }) => `[${shape.join()}]`).join(' ')} ${note}`.trimEnd(),
})

/** Convolution, its adjoint and pooling, in one to three dimensions. */
export const convolutionCases: readonly Case[] = [
  ...convolutions.map(
    ([x, w, options]): Case => ({
      ...named('Conv', [float(x), float(w)], show(options)),
      domain: 'any',
      build: (image, weight) => convolution(image as Tensor, weight as Tensor, options),
    }),
  ),
  ...convolutions.map(([x, w, options]): Case => {
    const windows = windowsOf(w.slice(2), options)
    const places = [x[0] as number, w[0] as number, ...placesOf(windows, x.slice(2))]
    return {
      ...named('ConvTranspose', [float(places), float(w)], `to [${x.join()}] ${show(options)}`),
      domain: 'any',
      build: (y, weight) => convolveTransposed(y as Tensor, weight as Tensor, x.slice(2), windows, options.group ?? 1),
    }
  }),
  ...pools.flatMap(([x, options]): Case[] => [
    {
      ...named('MaxPool', [float(x)], show(options)),
      domain: 'spaced',
      build: (image) => maxPool(image as Tensor, options),
    },
    {
      ...named('AveragePool', [float(x)], show(options)),
      domain: 'any',
      build: (image) => averagePool(image as Tensor, options),
    },
  ]),
]
