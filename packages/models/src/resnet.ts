import { EosError, type Model, type ParameterSpec } from '@eos-sgd/core'
import { reduceMean, scope, showType, swapLast, type Tensor } from '@eos-sgd/graph'
import { type Activation, type ActivationName, activationOf } from './activations.ts'
import { applyLayer, buffersOf, type ConvolutionLayer, type Pass, parametersOf } from './resnet-layers.ts'

/** Options of {@link resnet}. */
export interface ResnetOptions {
  /** Channels of the images. */
  readonly channels: number
  readonly classes: number
  /** The first convolution: its channels, and its stride (1 by default). */
  readonly stem: { readonly width: number; readonly stride?: number }
  /** Channels of each stage; every stage but the first begins with stride 2. */
  readonly stages: readonly number[]
  /** Residual blocks of each stage; 1 by default. */
  readonly blocks?: number
  /** What follows the convolutions of stem and blocks; without a norm they have biases. `batch` by default. */
  readonly norm?: 'batch' | 'none'
  /** Of what the norm takes its statistics in training, see `batchNorm`; `microBatch` by default. */
  readonly statistics?: 'microBatch' | 'batch'
  /** `relu` by default. */
  readonly activation?: ActivationName | Activation
  readonly name?: string
}

interface Block {
  readonly first: ConvolutionLayer
  readonly second: ConvolutionLayer
  /** Where the block changes the shape; else the input itself is added. */
  readonly shortcut?: ConvolutionLayer
}

/**
 * A small residual network: stem, stages of basic blocks `activation(norm(conv(activation(norm(conv x)))) + shortcut x)`
 * with 3x3 windows, the mean over the image, a dense layer. Where a block changes the shape its shortcut is a strided
 * 1x1 convolution without norm.
 *
 * Reads the input `x` of shape `[B, channels, height, width]`, or `[B, height, width]` for one channel, and returns
 * `[B, classes]`. Parameters and buffers are named, shaped and ordered as torchvision does: `conv1.weight` (role
 * `kernel`), `bn1.weight`, `bn1.bias` (`vector`), buffers `bn1.running_mean` and `bn1.running_var`,
 * `layer1.0.conv1.weight`, ..., `layer2.0.downsample.0.weight`, ..., `fc.weight` (`output`), `fc.bias`. They start as
 * PyTorch's layers do. Throws `MODEL_WIDTHS`, and `MODEL_INPUT` when traced.
 * Source: He, Zhang, Ren and Sun, arXiv:1512.03385.
 *
 * @example
 * const model = resnet({ channels: 3, classes: 10, stem: { width: 16 }, stages: [16, 32, 64], blocks: 3 }) // ResNet-20
 */
export function resnet(options: ResnetOptions): Model {
  const { channels, classes, stem, stages, blocks = 1, norm = 'batch', statistics = 'microBatch' } = options
  checkWidths({ channels, classes, 'stem.width': stem.width, 'stem.stride': stem.stride ?? 1, blocks }, stages)
  const activate = activationOf(options.activation ?? 'relu')
  const first = layer('conv1', channels, stem.width, 3, stem.stride ?? 1, norm)
  const chain = blocksOf(stem.width, stages, blocks, norm)
  const layers = [first, ...chain.flatMap((block) => [block.first, block.second, block.shortcut ?? []].flat())]
  const features = stages.at(-1) as number
  return {
    name: options.name ?? `resnet ${stem.width}/${stages.join('-')}x${blocks}`,
    parameters: [...layers.flatMap(parametersOf), ...dense(features, classes)],
    buffers: layers.flatMap(buffersOf),
    apply(point, { x }, mode) {
      const pass: Pass = { point, mode, statistics, running: new Map() }
      let hidden = activate(applyLayer(first, images(x, channels), pass))
      for (const block of chain) {
        const inner = activate(applyLayer(block.first, hidden, pass))
        const residual = applyLayer(block.second, inner, pass)
        hidden = activate(residual.add(block.shortcut ? applyLayer(block.shortcut, hidden, pass) : hidden))
      }
      const { params, buffers } = point
      const output = scope('fc', () =>
        reduceMean(hidden, [2, 3])
          .matmul(swapLast(params.get('fc.weight')))
          .add(params.get('fc.bias')),
      )
      return { output, buffers: buffers.map((leaf, old) => pass.running.get(leaf.name) ?? old) }
    },
  }
}

/** Options of {@link resnet8}. */
export type Resnet8Options = Partial<Pick<ResnetOptions, 'channels' | 'classes' | 'norm' | 'statistics'>>

/**
 * Eight layers for small images: stem 8 with stride 2, stages of 8, 16 and 32 channels with one block each, a dense
 * layer: 19,714 parameters and 240 running statistics. One channel and 10 classes by default.
 */
export const resnet8 = ({ channels = 1, classes = 10, ...rest }: Resnet8Options = {}): Model =>
  resnet({ channels, classes, stem: { width: 8, stride: 2 }, stages: [8, 16, 32], name: 'resnet8', ...rest })

const layer = (
  name: string,
  inputs: number,
  outputs: number,
  window: number,
  stride: number,
  norm: 'batch' | 'none' | undefined,
): ConvolutionLayer => ({
  ...{ name, inputs, outputs, window, stride, bias: norm === 'none' },
  ...(norm === 'batch' ? { norm: name.replace('conv', 'bn') } : {}),
})

function blocksOf(width: number, stages: readonly number[], blocks: number, norm: 'batch' | 'none'): Block[] {
  let inputs = width
  return stages.flatMap((outputs, stage) =>
    Array.from({ length: blocks }, (_, i): Block => {
      const name = `layer${stage + 1}.${i}`
      const stride = stage > 0 && i === 0 ? 2 : 1
      const block = {
        first: layer(`${name}.conv1`, inputs, outputs, 3, stride, norm),
        second: layer(`${name}.conv2`, outputs, outputs, 3, 1, norm),
      }
      const same = stride === 1 && inputs === outputs
      const shortcut = layer(`${name}.downsample.0`, inputs, outputs, 1, stride, undefined)
      inputs = outputs
      return same ? block : { ...block, shortcut }
    }),
  )
}

function dense(inputs: number, outputs: number): ParameterSpec[] {
  const init = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } as const
  return [
    { name: 'fc.weight', shape: [outputs, inputs], role: 'output', init },
    { name: 'fc.bias', shape: [outputs], role: 'vector', init },
  ]
}

function checkWidths(counts: Readonly<Record<string, number>>, stages: readonly number[]): void {
  const all = [...Object.entries(counts), ...stages.map((width, i) => [`stages[${i}]`, width] as const)]
  const odd = all.find(([, count]) => !(Number.isInteger(count) && count > 0))
  if (odd)
    throw new EosError('MODEL_WIDTHS', `A residual network cannot have ${odd[0]} = ${odd[1]}.`, {
      hint: 'Give a positive whole number.',
    })
  if (stages.length === 0)
    throw new EosError('MODEL_WIDTHS', 'A residual network needs at least one stage.', {
      hint: 'Give stages: [16, 32, 64].',
    })
}

/** `[B, channels, height, width]`; images of one channel may come without that axis. */
function images(x: Tensor | undefined, channels: number): Tensor {
  if (!x) throw new EosError('MODEL_INPUT', 'The model reads an input "x", which the batch does not have.')
  const [batch, ...sample] = x.shape as [number, ...number[]]
  const shape = sample.length === 2 ? [1, ...sample] : sample
  if (shape.length !== 3 || shape[0] !== channels)
    throw new EosError(
      'MODEL_INPUT',
      `The model takes images [B, ${channels}, height, width], but "x" is ${showType(x)}.`,
      {
        hint:
          channels === 1
            ? 'Give [B, height, width], or one channel.'
            : `Make channels ${shape[0]}, or give such images.`,
      },
    )
  return x.reshape([batch, ...shape])
}
