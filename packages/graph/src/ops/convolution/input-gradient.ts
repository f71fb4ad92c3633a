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
  nanoseconds: { call: 24000, pair: 540, column: 0.47, run: 1.5, product: 0.025 },
  scratch: () => 0,
  build: ({ spatial, windows, group }, w, g) => convolveTransposed(g, w, spatial, windows, group),
}

/** A convolution of the cotangent with the weight turned around: where the stride is 1 and no pads exceed the window. */
const flipped: Formulation = {
  name: 'flipped',
  work: (shapes) => {
    if (!turns(shapes)) return undefined
    const { inner, outer, image, taps } = sizesOf(shapes)
    const pairs = shapes.batch * shapes.group
    // A 1x1 window reads the image as it lies.
    const columns = taps === 1 ? 0 : (image / shapes.channels) * shapes.outputs * taps
    return {
      call: 1,
      pair: pairs,
      column: columns,
      run: columns / (shapes.spatial.at(-1) as number),
      product: pairs * products(inner, outer * taps, image / (shapes.batch * shapes.channels)),
    }
  },
  nanoseconds: { call: 45000, pair: 390, column: 0.094, run: 2.4, product: 0.023 },
  scratch: () => 0,
  build: (shapes, w, g) => {
    const { window, strides, dilations } = shapes.windows
    return convolve(g, turned(w, shapes), { window, strides, dilations, pads: padsAround(shapes) }, shapes.group)
  },
}

/**
 * {@link flipped} of a single image, in which the images of the batch lie side by side, element by element: its rows
 * are as long as those of all images together.
 */
const sideBySide: Formulation = {
  name: 'side by side',
  work: (shapes) => {
    if (!turns(shapes)) return undefined
    const { inner, outer, image, cotangent, taps } = sizesOf(shapes)
    return {
      call: 1,
      moved: image + cotangent,
      column: taps === 1 ? 0 : (image / shapes.channels) * shapes.outputs * taps,
      product: shapes.group * products(inner, outer * taps, image / shapes.channels),
    }
  },
  nanoseconds: { call: 0, moved: 0.68, column: 0.13, product: 0.022 },
  scratch: (shapes) => Math.max(sizesOf(shapes).image, sizesOf(shapes).cotangent),
  build: (shapes, w, g) => {
    const { batch, channels, outputs, spatial, places, windows, group } = shapes
    const wide = (list: readonly number[]): number[] =>
      list.map((count, i) => ((i + 1) % spatial.length === 0 ? count * batch : count))
    const joined = reshape(transpose(reshape(g, [batch, outputs * sizeOf(places)]), [1, 0]), [
      1,
      outputs,
      ...wide(places),
    ])
    const gradient = convolve(
      joined,
      turned(w, shapes),
      { ...windows, pads: wide(padsAround(shapes)), dilations: wide(windows.dilations) },
      group,
    )
    const split = reshape(gradient, [channels * sizeOf(spatial), batch])
    return reshape(transpose(split, [1, 0]), [batch, channels, ...spatial])
  },
}

/** Whether the adjoint is a convolution by the weight turned around. */
const turns = (shapes: ConvolutionShapes): boolean =>
  shapes.windows.strides.every((stride) => stride === 1) && padsAround(shapes).every((count) => count >= 0)

/** Zeros around the cotangent that let every tap reach every element of the image. */
const padsAround = ({ windows }: ConvolutionShapes): number[] => {
  const reach = reachOf(windows)
  return windows.pads.map((count, i) => (reach[i % reach.length] as number) - 1 - count)
}

/** The weight [O, C / group, ...window] from outputs to channels, [C, O / group, ...window], with its taps reversed. */
function turned(w: Tensor, { channels, outputs, windows: { window }, group }: ConvolutionShapes): Tensor {
  const axes = window.map((_, axis) => axis + 2)
  const split = reshape(flip(w, axes), [group, outputs / group, channels / group, sizeOf(window)])
  return reshape(transpose(split, [0, 2, 1, 3]), [channels, outputs / group, ...window])
}

/** Ways to write the adjoint of a convolution in its image. */
export const inputFormulations: readonly Formulation[] = [transposed, flipped, sideBySide]
