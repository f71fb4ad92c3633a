import type { Mode, ParameterSpec, Point } from '@eos-sgd/core'
import { batchNorm, convolution, scope, type Tensor } from '@eos-sgd/graph'

/** A convolution of squares without bias, padded so that stride 1 keeps the extents; then batch normalisation. */
export interface ConvolutionLayer {
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  /** Extent of the window, odd. */
  readonly window: number
  readonly stride: number
  /** Name of the normalisation that follows; a bias takes its place where there is none, if asked for. */
  readonly norm?: string
  readonly bias?: boolean
}

/** What applying layers needs to know, and where they leave the running statistics. */
export interface Pass {
  readonly point: Point
  readonly mode: Mode
  readonly statistics: 'microBatch' | 'batch'
  readonly running: Map<string, Tensor>
}

const constantSpec = (name: string, size: number, value: number): ParameterSpec => ({
  name,
  shape: [size],
  role: 'vector',
  init: { kind: 'constant', value },
})

/** Weights start as PyTorch's `Conv2d` does: uniform on `[-1/sqrt(fanIn), 1/sqrt(fanIn)]`; scales at 1, shifts at 0. */
export function parametersOf({ name, inputs, outputs, window, norm, bias }: ConvolutionLayer): ParameterSpec[] {
  const init = { kind: 'uniform', bound: 1 / Math.sqrt(inputs * window * window) } as const
  return [
    { name: `${name}.weight`, shape: [outputs, inputs, window, window], role: 'kernel', init },
    ...(bias ? [{ name: `${name}.bias`, shape: [outputs], role: 'vector', init } as const] : []),
    ...(norm ? [constantSpec(`${norm}.weight`, outputs, 1), constantSpec(`${norm}.bias`, outputs, 0)] : []),
  ]
}

export const buffersOf = ({ norm, outputs }: ConvolutionLayer): ParameterSpec[] =>
  norm ? [constantSpec(`${norm}.running_mean`, outputs, 0), constantSpec(`${norm}.running_var`, outputs, 1)] : []

export function applyLayer(layer: ConvolutionLayer, x: Tensor, pass: Pass): Tensor {
  const { name, outputs, window, stride, norm, bias } = layer
  const { params } = pass.point
  const pad = (window - 1) / 2
  const convolved = scope(name, () => {
    const product = convolution(x, params.get(`${name}.weight`), {
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    })
    return bias ? product.add(params.get(`${name}.bias`).reshape([outputs, 1, 1])) : product
  })
  return norm ? scope(norm, () => normalise(norm, convolved, pass)) : convolved
}

function normalise(name: string, x: Tensor, { point, mode, statistics, running }: Pass): Tensor {
  const { output, runningMean, runningVariance } = batchNorm(x, {
    scale: point.params.get(`${name}.weight`),
    shift: point.params.get(`${name}.bias`),
    runningMean: point.buffers.get(`${name}.running_mean`),
    runningVariance: point.buffers.get(`${name}.running_var`),
    mode,
    statistics,
  })
  running.set(`${name}.running_mean`, runningMean).set(`${name}.running_var`, runningVariance)
  return output
}
