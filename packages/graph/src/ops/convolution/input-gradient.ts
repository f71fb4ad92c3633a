import type { Tensor } from '../../tensor.ts'
import { sizeOf } from '../../type.ts'
import { transpose } from '../linear-algebra.ts'
import { flip, reshape } from '../shape.ts'
import { convolve, convolveTransposed } from './convolution.ts'
import { type ConvolutionShapes, type Formulation, products, sizesOf } from './formulation.ts'
import { reachOf } from './windows.ts'

/** ConvTranspose: a matrix product per image, whose columns are added where they belong. */
const transposed: Formulation = {
  name: 'transposed',
  work: (shapes) => {
    const { positions, inner, outer, columns, taps } = sizesOf(shapes)
    const pairs = shapes.batch * shapes.group
    return {
      call: 1,
      pair: pairs,
      column: columns,
      run: columns / (shapes.places.at(-1) as number),
      product: pairs * products(taps * inner, outer, positions / shapes.batch),
    }
  },
  nanoseconds: { call: 18000, pair: 570, column: 0.4, run: 4.2, product: 0.055 },
  scratch: () => 0,
  build: ({ spatial, windows, group }, w, g) => convolveTransposed(g, w, spatial, windows, group),
}

/** A convolution of the cotangent with the weight turned around: where the stride is 1 and no pads exceed the window. */
const flipped: Formulation = {
  name: 'flipped',
  work: (shapes) => {
    const { windows, batch, group, outputs, spatial } = shapes
    if (windows.strides.some((stride) => stride !== 1) || padsAround(shapes).some((count) => count < 0))
      return undefined
    const { inner, outer, image, taps } = sizesOf(shapes)
    const columns = (image / shapes.channels) * outputs * taps
    return {
      call: 1,
      pair: batch * group,
      column: columns,
      run: columns / (spatial.at(-1) as number),
      product: batch * group * products(inner, outer * taps, image / (batch * shapes.channels)),
    }
  },
  nanoseconds: { call: 1000, pair: 100, column: 0.15, run: 4.3, product: 0.046 },
  scratch: () => 0,
  build: (shapes, w, g) => {
    const { windows, group, channels, outputs } = shapes
    const { window, strides, dilations } = windows
    return convolve(
      g,
      turned(w, channels, outputs, group),
      { window, strides, dilations, pads: padsAround(shapes) },
      group,
    )
  },
}

/** Zeros around the cotangent that let every tap reach every element of the image. */
const padsAround = ({ windows }: ConvolutionShapes): number[] => {
  const reach = reachOf(windows)
  return windows.pads.map((count, i) => (reach[i % reach.length] as number) - 1 - count)
}

/** The weight [O, C / group, ...window] from outputs to channels, [C, O / group, ...window], with its taps reversed. */
function turned(w: Tensor, channels: number, outputs: number, group: number): Tensor {
  const window = w.shape.slice(2)
  const axes = window.map((_, axis) => axis + 2)
  const split = reshape(flip(w, axes), [group, outputs / group, channels / group, sizeOf(window)])
  return reshape(transpose(split, [0, 2, 1, 3]), [channels, outputs / group, ...window])
}

/** Ways to write the adjoint of a convolution in its image. */
export const inputFormulations: readonly Formulation[] = [transposed, flipped]
