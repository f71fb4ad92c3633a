import type { NdArray } from '../../array.ts'
import { EosError } from '../../error.ts'
import { type Attributes, defineOp } from '../../operator.ts'
import type { Tensor } from '../../tensor.ts'
import { isFloat, type Shape, showType, sizeOf, type TensorType } from '../../type.ts'
import { convolve } from './convolution.ts'
import { cheapest, shapesOf } from './formulation.ts'
import { inputFormulations } from './input-gradient.ts'
import { weightFormulations } from './weight-gradient.ts'
import { placesOf, reachOf, readings, type Windows, windowsOfNode } from './windows.ts'

const kinds = { strides: 'ints', pads: 'ints', dilations: 'ints', group: 'int' } as const

const windowsFor = (weight: TensorType, attributes: Attributes): Windows =>
  windowsOfNode(weight.shape.slice(2), attributes)

function checkFactors(x: TensorType, w: TensorType, group: unknown, channels: number, wanted: number): void {
  if (!isFloat(x.dtype) || x.dtype !== w.dtype)
    throw new EosError('DTYPE', `Cannot convolve ${showType(x)} with ${showType(w)}.`, {
      hint: 'Cast both to one float type.',
    })
  const outputs = w.shape[0] as number
  if (x.shape.length < 3 || x.shape.length !== w.shape.length || channels !== wanted || outputs % Number(group) !== 0)
    throw new EosError('SHAPE', `Cannot convolve ${showType(x)} with ${showType(w)} in ${String(group)} group(s).`, {
      hint: 'An input is [N, C, ...spatial] and a weight [O, C / group, ...window], with O divisible by group.',
    })
}

/**
 * Correlation with a sliding window: `x` [N, C, ...spatial], `w` [O, C / group, ...window] to [N, O, ...places]:
 * `y[n, o, p] = sum over c, t of x[n, c, p stride + t dilation - pad] w[o, c, t]`, `c` within the group of `o`.
 */
export const Conv = defineOp({
  type: 'Conv',
  attributes: kinds,
  infer: ([x, w], attributes) => {
    const [image, weight] = [x, w] as [TensorType, TensorType]
    const wanted = (weight.shape[1] as number) * (attributes.group as number)
    checkFactors(image, weight, attributes.group, image.shape[1] as number, wanted)
    const places = placesOf(windowsFor(weight, attributes), image.shape.slice(2))
    return [{ shape: [image.shape[0] as number, weight.shape[0] as number, ...places], dtype: image.dtype }]
  },
  evaluate: ([x, w], attributes, [output]) => {
    const [image, weight, y] = [x, w, output] as [NdArray, NdArray, TensorType]
    const data = new Float64Array(sizeOf(y.shape))
    eachProduct(image.shape, weight.shape, attributes, (at, tap, place) => {
      data[place] = (data[place] as number) + (image.data[at] as number) * (weight.data[tap] as number)
    })
    return [{ ...y, data }]
  },
  tangent: 'multilinear',
  transpose: (node, [cotangent], input) => {
    if (!cotangent) return undefined
    const [x, w] = node.inputs as [Tensor, Tensor]
    const shapes = shapesOf(x.shape, w.shape, windowsFor(w, node.attributes), node.attributes.group as number)
    return input === 0
      ? cheapest(inputFormulations, shapes).build(shapes, w, cotangent)
      : cheapest(weightFormulations, shapes).build(shapes, x, cotangent)
  },
})

/**
 * The adjoint of {@link Conv} in its image: `y` [N, O, ...places], `w` [O, C / group, ...window] to [N, C, ...spatial].
 * `output_padding` counts the trailing rows that no window of the Conv visits, fewer than the stride.
 */
export const ConvTranspose = defineOp({
  type: 'ConvTranspose',
  attributes: { ...kinds, output_padding: 'ints' },
  infer: ([y, w], attributes) => {
    const [places, weight] = [y, w] as [TensorType, TensorType]
    checkFactors(places, weight, attributes.group, places.shape[1] as number, weight.shape[0] as number)
    const windows = windowsFor(weight, attributes)
    const left = attributes.output_padding as readonly number[]
    const rank = windows.window.length
    const reach = reachOf(windows)
    const spatial = reach.map((r, axis) => {
      const [stride, before, after] = [windows.strides[axis], windows.pads[axis], windows.pads[axis + rank]]
      const count = places.shape[axis + 2] as number
      return (count - 1) * (stride as number) + r + (left[axis] as number) - (before as number) - (after as number)
    })
    const fits = spatial.every(
      (extent, axis) => extent >= 1 && (left[axis] as number) < (windows.strides[axis] as number),
    )
    if (!fits || String(placesOf(windows, spatial)) !== String(places.shape.slice(2)))
      throw new EosError('SHAPE', `No input of a convolution with ${showType(weight)} has places ${showType(places)}.`)
    const channels = (weight.shape[1] as number) * (attributes.group as number)
    return [{ shape: [places.shape[0] as number, channels, ...spatial], dtype: places.dtype }]
  },
  evaluate: ([y, w], attributes, [output]) => {
    const [places, weight, x] = [y, w, output] as [NdArray, NdArray, TensorType]
    const data = new Float64Array(sizeOf(x.shape))
    eachProduct(x.shape, weight.shape, attributes, (at, tap, place) => {
      data[at] = (data[at] as number) + (places.data[place] as number) * (weight.data[tap] as number)
    })
    return [{ ...x, data }]
  },
  tangent: 'multilinear',
  transpose: (node, [cotangent], input) => {
    if (!cotangent) return undefined
    const [y, w] = node.inputs as [Tensor, Tensor]
    const windows = windowsFor(w, node.attributes)
    const group = node.attributes.group as number
    if (input === 0) return convolve(cotangent, w, windows, group)
    const shapes = shapesOf(cotangent.shape, w.shape, windows, group)
    return cheapest(weightFormulations, shapes).build(shapes, cotangent, y)
  },
})

/** Visits every product that a convolution sums, by flat indices of image, weight and output. */
function eachProduct(
  image: Shape,
  weight: Shape,
  attributes: Attributes,
  visit: (at: number, tap: number, place: number) => void,
): void {
  const windows = windowsOfNode(weight.slice(2), attributes)
  const spatial = image.slice(2)
  const table = readings(windows, spatial)
  const [size, taps] = [sizeOf(spatial), sizeOf(windows.window)]
  const places = table.length / taps
  const [batch, channels] = image as [number, number]
  const [outputs, inner] = weight as [number, number]
  const outputsPerGroup = outputs / (attributes.group as number)
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < outputs; o++)
      for (let c = 0; c < inner; c++) {
        const from = (n * channels + Math.floor(o / outputsPerGroup) * inner + c) * size
        for (let entry = 0; entry < table.length; entry++) {
          const at = table[entry] as number
          if (at < 0) continue
          const place = Math.floor(entry / taps)
          visit(from + at, (o * inner + c) * taps + (entry % taps), (n * outputs + o) * places + place)
        }
      }
}
