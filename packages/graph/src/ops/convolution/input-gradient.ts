import type { Tensor } from '../../tensor.ts'
import type { Shape } from '../../type.ts'
import { convolveTransposed } from './convolution.ts'
import type { Windows } from './windows.ts'

/** The adjoint of a convolution in its image: cotangents [N, O, ...places] to [N, C, ...spatial]. */
export function inputGradient(g: Tensor, w: Tensor, spatial: Shape, windows: Windows, group: number): Tensor {
  return convolveTransposed(g, w, spatial, windows, group)
}
