import { apply1 } from '../apply.ts'
import type { NdArray } from '../array.ts'
import { EosError } from '../error.ts'
import { type Attributes, defineOp } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat, type Shape, showType, sizeOf, type TensorType } from '../type.ts'
import { add, div, mul } from './arithmetic.ts'
import { cast, equal } from './comparison.ts'
import { convolveTransposed } from './convolution/convolution.ts'
import { padded, readTap, tapsOf } from './convolution/taps.ts'
import { padsOf, placesOf, readings, remainderOf, type Windows, windowsOfNode } from './convolution/windows.ts'
import { constant } from './leaf.ts'
import { reduceMean, reduceSum } from './reduction.ts'
import { where } from './selection.ts'
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
    const y = node.outputs[0] as Tensor
    const windows = windowsFor(node.attributes)
    return [tiles(windows, x.shape) ? overTiles(x, y, dx, windows) : overTaps(x, y, dx, windows)]
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

/** Whether the windows cut the input into tiles without rest. */
const tiles = (windows: Windows, shape: Shape): boolean =>
  windows.pads.every((count) => count === 0) &&
  windows.strides.every((stride, axis) => stride === windows.window[axis]) &&
  remainderOf(windows, shape.slice(2)).every((rest) => rest === 0)

/** The tangent of a maximum over tiles: each axis becomes (tiles, within a tile), and the latter are summed. */
function overTiles(x: Tensor, y: Tensor, dx: Tensor, { window }: Windows): Tensor {
  const [lead, places] = [x.shape.slice(0, 2), y.shape.slice(2)]
  const split = [...lead, ...places.flatMap((count, axis) => [count, window[axis] as number])]
  const kept = [...lead, ...places.flatMap((count) => [count, 1])]
  const within = window.map((_, axis) => 2 * axis + 3)
  const chosen = cast(equal(reshape(x, split), reshape(y, kept)), x.dtype)
  return div(reduceSum(mul(chosen, reshape(dx, split)), within), reduceSum(chosen, within))
}

/** The tangent of a maximum over any windows: a strided Slice per tap, those that tie for the maximum averaged. */
function overTaps(x: Tensor, y: Tensor, dx: Tensor, windows: Windows): Tensor {
  const spatial = x.shape.slice(2)
  const places = y.shape.slice(2)
  const real = realPlaces(windows, spatial, x)
  const read = real ? where(real, padded(x, windows), Number.NEGATIVE_INFINITY) : x
  const moved = padded(dx, windows)
  const terms = tapsOf(windows.window).map((tap) => {
    const chosen = cast(equal(readTap(read, tap, places, windows), y), x.dtype)
    return { chosen, product: mul(chosen, readTap(moved, tap, places, windows)) }
  })
  const sum = (list: readonly Tensor[]): Tensor => list.reduce((a, b) => add(a, b))
  return div(sum(terms.map(({ product }) => product)), sum(terms.map(({ chosen }) => chosen)))
}

/** Where the padded input holds elements of the input: no window may choose a zero of the padding. */
function realPlaces(windows: Windows, spatial: Shape, like: TensorType): Tensor | undefined {
  if (windows.pads.every((count) => count === 0)) return undefined
  return cast(padded(constant(1, [1, 1, ...spatial], like.dtype), windows), 'bool')
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
