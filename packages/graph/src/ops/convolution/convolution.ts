import { apply1 } from '../../apply.ts'
import type { Tensor } from '../../tensor.ts'
import type { Shape } from '../../type.ts'
import { Conv, ConvTranspose } from './operators.ts'
import { remainderOf, type WindowOptions, type Windows, windowsOf } from './windows.ts'

/** Options of {@link convolution}. */
export interface ConvolutionOptions extends WindowOptions {
  /** Input and output channels are cut into so many groups that do not see each other (default 1). */
  readonly group?: number
}

/**
 * Convolution, as networks mean it (a correlation): `x` [N, C, ...spatial] with `w` [O, C / group, ...window] gives
 * [N, O, ...places], where an axis has `floor((extent + pads - (taps - 1) dilation - 1) / stride) + 1` places.
 *
 * `pads` holds the zeros before each spatial axis, then those after it. One to three spatial axes. A bias is an
 * addition of `[O, 1, ...]`. Throws `SHAPE`, `DTYPE`. Cost: `2 N O (C / group) taps places` flops.
 */
export function convolution(x: Tensor, w: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolve(x, w, windowsOf(w.shape.slice(2), options), options.group ?? 1)
}

/** {@link convolution} with everything said. */
export const convolve = (x: Tensor, w: Tensor, { strides, pads, dilations }: Windows, group: number): Tensor =>
  apply1(Conv, [x, w], { strides, pads, dilations, group })

/** The adjoint of {@link convolve} in `x`, onto an input of the given spatial extents. */
export const convolveTransposed = (y: Tensor, w: Tensor, spatial: Shape, windows: Windows, group: number): Tensor => {
  const { strides, pads, dilations } = windows
  return apply1(ConvTranspose, [y, w], {
    strides,
    pads,
    dilations,
    group,
    output_padding: remainderOf(windows, spatial),
  })
}
