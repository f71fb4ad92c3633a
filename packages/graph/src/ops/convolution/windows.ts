import { EosError } from '../../error.ts'
import type { Attributes } from '../../operator.ts'
import { type Shape, sizeOf } from '../../type.ts'

/**
 * How a window slides over spatial axes: place `p` reads the padded input at `p stride + tap dilation` for every tap
 * of the window. `pads` holds the zeros before each axis, then those after it, as ONNX does.
 */
export interface Windows {
  readonly window: Shape
  readonly strides: readonly number[]
  readonly pads: readonly number[]
  readonly dilations: readonly number[]
}

/** What a caller may say about windows; left out: stride 1, no pads, dilation 1. */
export interface WindowOptions {
  readonly strides?: readonly number[]
  readonly pads?: readonly number[]
  readonly dilations?: readonly number[]
}

/** Completes the options for a window. */
export const windowsOf = (window: Shape, { strides, pads, dilations }: WindowOptions): Windows => ({
  window,
  strides: strides ?? window.map(() => 1),
  pads: pads ?? [...window, ...window].map(() => 0),
  dilations: dilations ?? window.map(() => 1),
})

/** The windows that a node's attributes describe. */
export const windowsOfNode = (window: Shape, attributes: Attributes): Windows => ({
  ...(attributes as unknown as Omit<Windows, 'window'>),
  window,
})

/** Zeros before and after an axis. */
export const padsOf = ({ pads, window }: Windows, axis: number): readonly [number, number] => [
  pads[axis] as number,
  pads[axis + window.length] as number,
]

/** The extent that one window spans along each axis: `(taps - 1) dilation + 1`. */
export const reachOf = ({ window, dilations }: Windows): number[] =>
  window.map((taps, axis) => (taps - 1) * (dilations[axis] as number) + 1)

/** Number of places along each axis of an input; throws `SHAPE` where the windows are malformed or do not fit. */
export function placesOf(windows: Windows, spatial: Shape): number[] {
  const { window, strides, pads, dilations } = windows
  const rank = spatial.length
  const counts = (list: readonly number[], least: number, length = rank): boolean =>
    list.length === length && list.every((count) => Number.isInteger(count) && count >= least)
  if (!counts(window, 1) || !counts(strides, 1) || !counts(dilations, 1) || !counts(pads, 0, 2 * rank))
    throw new EosError('SHAPE', `${showWindows(windows)} is malformed for ${rank} spatial axes.`, {
      hint: 'Strides and dilations need one number per axis, at least 1; pads need two, at least 0.',
    })
  return reachOf(windows).map((reach, axis) => {
    const [before, after] = padsOf(windows, axis)
    const room = (spatial[axis] as number) + before + after - reach
    if (room < 0)
      throw new EosError(
        'SHAPE',
        `${showWindows(windows)} spans ${reach} along spatial axis ${axis}, more than the padded input of [${spatial.join(', ')}].`,
      )
    return Math.floor(room / (strides[axis] as number)) + 1
  })
}

/** Trailing rows of the padded input along each axis that no window visits. */
export const remainderOf = (windows: Windows, spatial: Shape): number[] =>
  reachOf(windows).map((reach, axis) => {
    const [before, after] = padsOf(windows, axis)
    return ((spatial[axis] as number) + before + after - reach) % (windows.strides[axis] as number)
  })

const showWindows = ({ window, strides, pads, dilations }: Windows): string =>
  `Window [${window.join(', ')}] with strides [${strides.join(', ')}], pads [${pads.join(', ')}], dilations [${dilations.join(', ')}]`

/**
 * For every place, then every tap, the flat index of the input element that it reads, or -1 in the padding: the
 * definition of all sliding operators.
 */
export function readings(windows: Windows, spatial: Shape): Int32Array {
  const places = placesOf(windows, spatial)
  const taps = sizeOf(windows.window)
  const table = new Int32Array(sizeOf(places) * taps)
  for (let entry = 0; entry < table.length; entry++) {
    let [place, tap] = [Math.floor(entry / taps), entry % taps]
    let [index, stride] = [0, 1]
    for (let axis = spatial.length - 1; axis >= 0; axis--) {
      const [extent, count, size] = [spatial[axis], places[axis], windows.window[axis]] as [number, number, number]
      const at =
        (place % count) * (windows.strides[axis] as number) +
        (tap % size) * (windows.dilations[axis] as number) -
        (windows.pads[axis] as number)
      if (at < 0 || at >= extent) index = Number.NaN
      index += at * stride
      stride *= extent
      place = Math.floor(place / count)
      tap = Math.floor(tap / size)
    }
    table[entry] = Number.isNaN(index) ? -1 : index
  }
  return table
}
