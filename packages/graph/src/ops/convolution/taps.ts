import { apply1 } from '../../apply.ts'
import type { Tensor } from '../../tensor.ts'
import type { Shape } from '../../type.ts'
import { pad, Slice } from '../shape.ts'
import { padsOf, type Windows } from './windows.ts'

/** The index of every element of a window, in row-major order. */
export const tapsOf = (window: Shape): readonly (readonly number[])[] =>
  window.reduce<readonly (readonly number[])[]>(
    (lists, extent) => lists.flatMap((list) => Array.from({ length: extent }, (_, i) => [...list, i])),
    [[]],
  )

/** An image [N, C, ...spatial] with the zeros that windows read around it. */
export function padded(x: Tensor, windows: Windows): Tensor {
  const side = (which: 0 | 1): number[] => [0, 0, ...windows.window.map((_, axis) => padsOf(windows, axis)[which])]
  return pad(x, side(0), side(1))
}

/** What one tap reads of a padded image at every place: [N, C, ...places]. */
export function readTap(image: Tensor, tap: readonly number[], places: Shape, windows: Windows): Tensor {
  const { strides: steps, dilations } = windows
  const starts = tap.map((index, axis) => index * (dilations[axis] as number))
  const ends = starts.map((start, axis) => start + ((places[axis] as number) - 1) * (steps[axis] as number) + 1)
  const extents = image.shape.slice(2)
  if (starts.every((start, axis) => start === 0 && ends[axis] === extents[axis] && steps[axis] === 1)) return image
  return apply1(Slice, [image], { starts, ends, axes: starts.map((_, axis) => axis + 2), steps })
}
