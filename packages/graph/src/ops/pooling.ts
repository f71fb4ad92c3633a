import { apply1 } from '../apply.ts'
import type { NdArray } from '../array.ts'
import { EosError } from '../error.ts'
import { type Attributes, defineOp } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat, type Shape, showType, sizeOf, type TensorType } from '../type.ts'
import { add, div, mul } from './arithmetic.ts'
import { cast, equal } from './comparison.ts'
import { convolve, convolveTransposed } from './convolution/convolution.ts'
import { padsOf, placesOf, readings, type Windows, windowsOfNode } from './convolution/windows.ts'
import { constant } from './leaf.ts'
import { reduceMax, reduceMean, reduceSum } from './reduction.ts'
import { reshape } from './shape.ts'

/** Options of {@link maxPool} and {@link averagePool}. Strides default to the window, pads to none. */
export interface PoolOptions {
  /** Extents of the window, one per spatial axis. */
  readonly window: Shape
  readonly strides?: readonly number[]
  /** Padding before each spatial axis, then after it; less than the window. */
  readonly pads?: readonly number[]
}

const windowsFor = ({ kernel_shape, strides, pads }: Attributes): Windows =>
  windowsOfNode(kernel_shape as Shape, { strides, pads, dilations: (kernel_shape as Shape).map(() => 1) } as Attributes)

const inferPool = ([x]: readonly TensorType[], attributes: Attributes): readonly TensorType[] => {
  const { shape, dtype } = x as TensorType
  const windows = windowsFor(attributes)
  if (!isFloat(dtype))
    throw new EosError('DTYPE', `Needs a float tensor, got ${showType(x as TensorType)}.`, { hint: 'Cast it.' })
  if (shape.length !== windows.window.length + 2)
    throw new EosError('SHAPE', `A window [${windows.window.join(', ')}] does not fit ${showType(x as TensorType)}.`, {
      hint: 'The input is [N, C, ...spatial], and the window has an extent per spatial axis.',
    })
  const places = placesOf(windows, shape.slice(2))
  if (windows.window.some((extent, axis) => padsOf(windows, axis).some((count) => count >= extent)))
    throw new EosError(
      'SHAPE',
      `Pads [${windows.pads.join(', ')}] leave windows [${windows.window.join(', ')}] empty.`,
      {
        hint: 'Pad with less than the window.',
      },
    )
  return [{ shape: [...shape.slice(0, 2), ...places], dtype }]
}

/** `evaluate` of a pool: `of` gets the elements that a window covers and the number of its taps. */
const evaluatePool =
  (of: (values: readonly number[], taps: number, attributes: Attributes) => number) =>
  ([x]: readonly NdArray[], attributes: Attributes, [output]: readonly TensorType[]): readonly NdArray[] => {
    const { shape, data } = x as NdArray
    const windows = windowsFor(attributes)
    const table = readings(windows, shape.slice(2))
    const [size, taps] = [sizeOf(shape.slice(2)), sizeOf(windows.window)]
    const places = table.length / taps
    const pooled = Float64Array.from({ length: sizeOf((output as TensorType).shape) }, (_, i) => {
      const [image, place] = [Math.floor(i / places), i % places]
      const covered = [...table.subarray(place * taps, (place + 1) * taps)].filter((at) => at >= 0)
      return of(
        covered.map((at) => data[image * size + at] as number),
        taps,
        attributes,
      )
    })
    return [{ ...(output as TensorType), data: pooled }]
  }

const kinds = { kernel_shape: 'ints', strides: 'ints', pads: 'ints' } as const

/** Largest element under a window; the elements that tie for it share the tangent equally. */
export const MaxPool = defineOp({
  type: 'MaxPool',
  attributes: kinds,
  infer: inferPool,
  evaluate: evaluatePool((values) => Math.max(...values)),
  tangent: (node, [dx]) => {
    if (!dx) return [undefined]
    const [x] = node.inputs as [Tensor]
    const windows = windowsFor(node.attributes)
    // Compared with their own maximum and not with the output: engines may round what a convolution reads.
    const read = windows.pads.some((count) => count > 0)
      ? add(columns(x, windows), padding(windows, x))
      : columns(x, windows)
    const chosen = cast(equal(read, reduceMax(read, [1], true)), x.dtype)
    const sum = reduceSum(mul(chosen, columns(dx, windows)), [1])
    return [reshape(div(sum, reduceSum(chosen, [1])), (node.outputs[0] as Tensor).shape)]
  },
})

/** Mean under a window: of the elements that it covers, or with `count_include_pad` over all of its taps. */
export const AveragePool = defineOp({
  type: 'AveragePool',
  attributes: { ...kinds, count_include_pad: 'int' },
  infer: inferPool,
  evaluate: evaluatePool(
    (values, taps, { count_include_pad }) =>
      values.reduce((sum, value) => sum + value, 0) / (count_include_pad === 1 ? taps : values.length),
  ),
  tangent: 'linear',
  transpose: (node, [cotangent]) => {
    if (!cotangent) return undefined
    const [x] = node.inputs as [Tensor]
    const windows = windowsFor(node.attributes)
    const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]]
    const places = cotangent.shape.slice(2)
    const shares = div(cotangent, divisors(windows, spatial, places, node.attributes, x))
    // Channels do not mix, so they are batch elements of a convolution with a window of ones.
    const ones = constant(1, [1, 1, ...windows.window], x.dtype)
    const spread = convolveTransposed(reshape(shares, [batch * channels, 1, ...places]), ones, spatial, windows, 1)
    return reshape(spread, x.shape)
  },
})

/** What the sum under each window is divided by: one number where they all agree. */
function divisors(windows: Windows, spatial: Shape, places: Shape, attributes: Attributes, like: TensorType): Tensor {
  const taps = sizeOf(windows.window)
  if (attributes.count_include_pad === 1 || windows.pads.every((count) => count === 0))
    return constant(taps, [], like.dtype)
  const table = readings(windows, spatial)
  const counts = new Float64Array(sizeOf(places))
  table.forEach((at, entry) => {
    const place = Math.floor(entry / taps)
    if (at >= 0) counts[place] = (counts[place] as number) + 1
  })
  return constant(counts, places, like.dtype)
}

/**
 * What every tap reads at every place, [N, C, ...spatial] to [N C, taps, ...places]: a convolution with one output for
 * each tap, which engines do in one pass forward and back.
 */
function columns(x: Tensor, windows: Windows): Tensor {
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]]
  const count = sizeOf(windows.window)
  const identity = Float64Array.from({ length: count * count }, (_, i) => Number(i % (count + 1) === 0))
  const weight = constant(identity, [count, 1, ...windows.window], x.dtype)
  return convolve(reshape(x, [batch * channels, 1, ...spatial]), weight, windows, 1)
}

/** 0 where a tap reads an element of the input, negative infinity where it reads padding, which never is the largest. */
function padding(windows: Windows, x: Tensor): Tensor {
  const spatial = x.shape.slice(2)
  const [count, places] = [sizeOf(windows.window), placesOf(windows, spatial)]
  const [table, positions] = [readings(windows, spatial), sizeOf(places)]
  const isPadding = (tap: number, place: number): boolean => (table[place * count + tap] as number) < 0
  const values = Float64Array.from(table, (_, i) =>
    isPadding(Math.floor(i / positions), i % positions) ? Number.NEGATIVE_INFINITY : 0,
  )
  return constant(values, [count, ...places], x.dtype)
}

const attributesOf = ({ window, strides, pads }: PoolOptions): Attributes => ({
  kernel_shape: window,
  strides: strides ?? window,
  pads: pads ?? [...window, ...window].map(() => 0),
})

/**
 * Largest element under a sliding window: [N, C, ...spatial] to [N, C, ...places]. Padding never wins. Elements of a
 * window that tie for the maximum share its derivative equally. Throws `SHAPE`, `DTYPE`.
 */
export const maxPool = (x: Tensor, options: PoolOptions): Tensor => apply1(MaxPool, [x], attributesOf(options))

/**
 * Mean under a sliding window: [N, C, ...spatial] to [N, C, ...places], at borders over the elements that the window
 * covers, without the padding. Throws `SHAPE`, `DTYPE`.
 */
export const averagePool = (x: Tensor, options: PoolOptions): Tensor =>
  apply1(AveragePool, [x], { ...attributesOf(options), count_include_pad: 0 })

/** Mean over all spatial axes: [N, C, ...spatial] to [N, C]. */
export const globalAveragePool = (x: Tensor): Tensor =>
  reduceMean(
    x,
    x.shape.slice(2).map((_, axis) => axis + 2),
  )
