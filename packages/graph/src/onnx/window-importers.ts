import { apply1 } from '../apply.ts'
import { EosError } from '../error.ts'
import type { Attributes } from '../operator.ts'
import { add } from '../ops/arithmetic.ts'
import { convolve } from '../ops/convolution/convolution.ts'
import { ConvTranspose } from '../ops/convolution/operators.ts'
import { reachOf, type Windows, windowsOf } from '../ops/convolution/windows.ts'
import { AveragePool, MaxPool } from '../ops/pooling.ts'
import { reduceMax, reduceMean } from '../ops/reduction.ts'
import { reshape } from '../ops/shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Shape } from '../type.ts'
import type { Application, Importer } from './application.ts'

/** The windows of a node, with `auto_pad` resolved: shapes are known here. */
function windowsFor(node: Application, window: Shape, spatial: Shape): Windows {
  const given = { strides: node.ints('strides'), pads: node.ints('pads'), dilations: node.ints('dilations') }
  const windows = windowsOf(window, Object.fromEntries(Object.entries(given).filter(([, list]) => list !== undefined)))
  const mode = node.string('auto_pad', 'NOTSET')
  if (mode === 'NOTSET') return windows
  if (mode === 'VALID') return { ...windows, pads: windows.pads.map(() => 0) }
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') throw node.unsupported(`auto_pad "${mode}"`)
  const totals = reachOf(windows).map((reach, axis) => {
    const [extent, stride] = [spatial[axis], windows.strides[axis]] as [number, number]
    return Math.max((Math.ceil(extent / stride) - 1) * stride + reach - extent, 0)
  })
  const [less, more] = [totals.map((total) => Math.floor(total / 2)), totals.map((total) => Math.ceil(total / 2))]
  return { ...windows, pads: mode === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less] }
}

const withBias = (y: Tensor, bias: Tensor | undefined): Tensor =>
  bias ? add(y, reshape(bias, [...bias.shape, ...y.shape.slice(2).map(() => 1)])) : y

function checkKernel(node: Application, window: Shape): void {
  const declared = node.ints('kernel_shape')
  if (declared && String(declared) !== String(window))
    throw new EosError('ONNX_CORRUPT', `kernel_shape [${declared.join(', ')}] is not that of the weight.`)
}

const readConv: Importer = (node) => {
  const [x, w] = [node.tensor(0), node.tensor(1)]
  const window = w.shape.slice(2)
  checkKernel(node, window)
  const windows = windowsFor(node, window, x.shape.slice(2))
  return withBias(convolve(x, w, windows, node.int('group', 1)), node.inputs[2])
}

const readConvTranspose: Importer = (node) => {
  const [y, w] = [node.tensor(0), node.tensor(1)]
  const window = w.shape.slice(2)
  checkKernel(node, window)
  if (node.string('auto_pad', 'NOTSET') !== 'NOTSET' || node.has('output_shape'))
    throw node.unsupported('its pads are not explicit')
  const { strides, pads, dilations } = windowsFor(node, window, y.shape.slice(2))
  const output_padding = node.ints('output_padding') ?? window.map(() => 0)
  const attributes = { strides, pads, dilations, group: node.int('group', 1), output_padding }
  return withBias(apply1(ConvTranspose, [y, w], attributes), node.inputs[2])
}

/** Attributes of a pool; `ceil_mode` is padding behind, as far as the last window reaches. */
function poolOf(node: Application): { readonly attributes: Attributes; readonly ceiling: boolean } {
  const x = node.tensor(0)
  const window = node.ints('kernel_shape')
  if (!window) throw new EosError('ONNX_CORRUPT', `${node.type} lacks its kernel_shape.`)
  const windows = windowsFor(node, window, x.shape.slice(2))
  if (windows.dilations.some((step) => step !== 1)) throw node.unsupported('it is dilated')
  const extra = node.int('ceil_mode', 0) === 0 ? window.map(() => 0) : overhang(windows, x.shape.slice(2))
  const pads = windows.pads.map((count, i) => count + (i < window.length ? 0 : (extra[i - window.length] as number)))
  const attributes = { kernel_shape: window, strides: windows.strides, pads }
  return { attributes, ceiling: extra.some((count) => count > 0) }
}

/** How far one more window along each axis would reach beyond the padded input, where it begins inside of it. */
function overhang({ window, strides, pads }: Windows, spatial: Shape): number[] {
  return spatial.map((extent, axis) => {
    const [reach, stride, before, after] = [window[axis], strides[axis], pads[axis], pads[axis + spatial.length]] as [
      number,
      number,
      number,
      number,
    ]
    const places = Math.ceil((extent + before + after - reach) / stride)
    const begins = places * stride
    return begins < extent + before ? Math.max(begins + reach - extent - before - after, 0) : 0
  })
}

const readMaxPool: Importer = (node) => apply1(MaxPool, [node.tensor(0)], poolOf(node).attributes)

const readAveragePool: Importer = (node) => {
  const { attributes, ceiling } = poolOf(node)
  const count_include_pad = node.int('count_include_pad', 0)
  if (ceiling && count_include_pad === 1) throw node.unsupported('it has both ceil_mode and count_include_pad')
  return apply1(AveragePool, [node.tensor(0)], { ...attributes, count_include_pad })
}

const overSpace =
  (reduce: (x: Tensor, axes: readonly number[], keepdims: boolean) => Tensor): Importer =>
  (node) => {
    const x = node.tensor(0)
    return reduce(
      x,
      x.shape.slice(2).map((_, axis) => axis + 2),
      true,
    )
  }

/** How to read the operators that slide a window. */
export const windowImporters: readonly (readonly [string, Importer])[] = [
  ['Conv', readConv],
  ['ConvTranspose', readConvTranspose],
  ['MaxPool', readMaxPool],
  ['AveragePool', readAveragePool],
  ['GlobalAveragePool', overSpace(reduceMean)],
  ['GlobalMaxPool', overSpace(reduceMax)],
]
