import type { Tensor } from '../../tensor.ts'
import { transpose } from '../linear-algebra.ts'
import { reshape, slice } from '../shape.ts'
import { convolve } from './convolution.ts'
import { padsOf, reachOf, remainderOf, type Windows } from './windows.ts'

/**
 * The adjoint of a convolution in its weight: image [N, C, ...spatial] and cotangents [N, O, ...places] to
 * [O, C / group, ...window].
 */
export function weightGradient(x: Tensor, g: Tensor, windows: Windows, group: number): Tensor {
  return byInterleavedChannels(x, g, windows, group)
}

/**
 * One convolution of a single image. Batch elements are its channels and cotangents its window, so that it sums over
 * both. Input channels lie side by side along the last axis, which makes each tap a run of `C / group` places, and so
 * the matrix product within as wide as `C / group` times the taps.
 */
function byInterleavedChannels(x: Tensor, g: Tensor, windows: Windows, group: number): Tensor {
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]]
  const [outputs, ...places] = g.shape.slice(1) as [number, ...number[]]
  const inner = channels / group
  const axes = spatial.map((_, axis) => axis)
  const last = spatial.length - 1
  const grouped = reshape(x, [batch, group, inner, ...spatial])
  const interleaved = reshape(transpose(grouped, [1, 0, ...axes.map((axis) => axis + 3), 2]), [
    1,
    group * batch,
    ...spatial.map((extent, axis) => (axis === last ? extent * inner : extent)),
  ])
  const filter = transpose(g, [1, 0, ...axes.map((axis) => axis + 2)])
  const times = (list: readonly number[], factor: number): number[] =>
    list.map((count, axis) => (axis === last ? count * factor : count))
  const remainder = remainderOf(windows, spatial)
  const before = axes.map((axis) => padsOf(windows, axis)[0])
  const after = axes.map((axis) => Math.max(padsOf(windows, axis)[1] - (remainder[axis] as number), 0))
  const whole = convolve(
    interleaved,
    filter,
    {
      window: places,
      strides: windows.dilations.map((step, axis) => (axis === last ? 1 : step)),
      pads: [...times(before, inner), ...times(after, inner)],
      dilations: times(windows.strides, inner),
    },
    group,
  )
  const split = reshape(whole, [outputs, ...whole.shape.slice(2, -1), (whole.shape.at(-1) as number) / inner, inner])
  const taps = axes.reduce((result, axis) => {
    const count = windows.window[axis] as number
    return axis === last
      ? slice(result, axis + 1, 0, reachOf(windows)[axis] as number, windows.dilations[axis] as number)
      : slice(result, axis + 1, 0, count)
  }, split)
  return transpose(taps, [0, last + 2, ...axes.map((axis) => axis + 1)])
}
