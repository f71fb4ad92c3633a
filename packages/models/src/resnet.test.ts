import { EosError, type Mode } from '@eos-sgd/core'
import { type Graph, graph, input, interpret, type Leaf, type NdArray, ndarray, sizeOf, Vector } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { type ResnetOptions, resnet, resnet8 } from './resnet.ts'

const tiny: ResnetOptions = { channels: 2, classes: 3, stem: { width: 2, stride: 2 }, stages: [2, 3], blocks: 2 }

/** A model traced on a batch of images: logits, and the running statistics after it. */
function traced(model: ReturnType<typeof resnet>, image: readonly number[], batch: number, mode: Mode): Graph {
  const leaves = (specs: typeof model.parameters): Leaf[] =>
    specs.map(({ name, shape, role }) => ({ name, shape, role, decay: true, frozen: false }))
  const vector = (list: readonly Leaf[]): Vector =>
    new Vector(
      list,
      list.map(({ name, shape }) => input(name, shape)),
    )
  const point = { params: vector(leaves(model.parameters)), buffers: vector(leaves(model.buffers)) }
  const { output, buffers } = model.apply(point, { x: input('x', [batch, ...image]) }, mode)
  const after = (buffers as Vector).leaves.map(({ name }) => [`after ${name}`, (buffers as Vector).get(name)] as const)
  return graph('model', { output, ...Object.fromEntries(after) })
}

const feedsOf = ({ inputs }: Graph): Record<string, NdArray> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }], k) => {
      const least = name.endsWith('running_var') ? 1.5 : 0
      return [
        name,
        ndarray(
          Float64Array.from({ length: sizeOf(shape) }, (_, i) => least + Math.sin(3 * i + k)),
          shape,
        ),
      ]
    }),
  )

/** Images by sample, channel, row, column, in plain loops. */
type Images = number[][][][]
type Weights = Readonly<Record<string, NdArray>>

const nested = ({ shape, data }: NdArray): Images => {
  const [n, c, h, w] = shape as [number, number, number, number]
  const range = (length: number) => Array.from({ length }, (_, i) => i)
  return range(n).map((i) =>
    range(c).map((j) =>
      range(h).map((y) => [...data.subarray(((i * c + j) * h + y) * w, ((i * c + j) * h + y + 1) * w)]),
    ),
  )
}
const each = (images: Images, f: (value: number, c: number, n: number, y: number, x: number) => number): Images =>
  images.map((sample, n) => sample.map((rows, c) => rows.map((row, y) => row.map((value, x) => f(value, c, n, y, x)))))
const rectified = (images: Images): Images => each(images, (value) => Math.max(value, 0))

function convolved(images: Images, weight: NdArray, stride: number): Images {
  const [outputs, inputs, window] = weight.shape as [number, number, number]
  const pad = (window - 1) / 2
  const places = (extent: number) => Math.floor((extent - 1) / stride) + 1
  const [height, width] = [images[0]?.[0]?.length as number, images[0]?.[0]?.[0]?.length as number]
  return images.map((sample) =>
    Array.from({ length: outputs }, (_, o) =>
      Array.from({ length: places(height) }, (_, y) =>
        Array.from({ length: places(width) }, (_, x) => {
          let sum = 0
          for (let c = 0; c < inputs; c++)
            for (let i = 0; i < window; i++)
              for (let j = 0; j < window; j++)
                sum +=
                  (sample[c]?.[y * stride + i - pad]?.[x * stride + j - pad] ?? 0) *
                  (weight.data[((o * inputs + c) * window + i) * window + j] as number)
          return sum
        }),
      ),
    ),
  )
}

function normalised(
  images: Images,
  weights: Weights,
  name: string,
  mode: Mode,
  after: Record<string, number[]>,
): Images {
  const of = (what: string, c: number) => weights[`${name}.${what}`]?.data[c] as number
  const batch = (images[0] ?? []).map((_, c) => {
    const list = images.flatMap((sample) => (sample[c] ?? []).flat())
    const mean = list.reduce((a, b) => a + b) / list.length
    return { mean, squares: list.reduce((sum, value) => sum + (value - mean) ** 2, 0), count: list.length }
  })
  after[`${name}.running_mean`] = batch.map(({ mean }, c) => 0.9 * of('running_mean', c) + 0.1 * mean)
  after[`${name}.running_var`] = batch.map(
    ({ squares, count }, c) => 0.9 * of('running_var', c) + (0.1 * squares) / (count - 1),
  )
  const statistics = batch.map(({ mean, squares, count }, c) =>
    mode === 'train' ? [mean, squares / count] : [of('running_mean', c), of('running_var', c)],
  )
  return each(images, (value, c) => {
    const [mean, variance] = statistics[c] as [number, number]
    return (of('weight', c) * (value - mean)) / Math.sqrt(variance + 1e-5) + of('bias', c)
  })
}

/** The network `tiny` written out: stem, two blocks of two channels, two of three, mean, dense layer. */
function plain(weights: Weights, mode: Mode) {
  const after: Record<string, number[]> = {}
  const layer = (x: Images, conv: string, bn: string, stride: number): Images =>
    normalised(convolved(x, weights[`${conv}.weight`] as NdArray, stride), weights, bn, mode, after)
  let hidden = rectified(layer(nested(weights['x'] as NdArray), 'conv1', 'bn1', 2))
  for (const [block, stride] of [
    ['layer1.0', 1],
    ['layer1.1', 1],
    ['layer2.0', 2],
    ['layer2.1', 1],
  ] as const) {
    const inner = rectified(layer(hidden, `${block}.conv1`, `${block}.bn1`, stride))
    const outer = layer(inner, `${block}.conv2`, `${block}.bn2`, 1)
    const shortcut = weights[`${block}.downsample.0.weight`]
    const same = shortcut ? convolved(hidden, shortcut, stride) : hidden
    hidden = rectified(each(outer, (value, c, n, y, x) => value + (same[n]?.[c]?.[y]?.[x] as number)))
  }
  const output = hidden.flatMap((sample) =>
    Array.from({ length: 3 }, (_, o) =>
      sample.reduce((sum, rows, c) => {
        const mean = rows.flat().reduce((a, b) => a + b) / rows.flat().length
        return sum + mean * (weights['fc.weight']?.data[o * 3 + c] as number)
      }, weights['fc.bias']?.data[o] as number),
    ),
  )
  return { output, after }
}

describe('resnet', () => {
  it.each(['train', 'evaluate'] as const)('computes in mode %s what plain loops do', (mode) => {
    const whole = traced(resnet(tiny), [2, 7, 6], 3, mode)
    const feeds = feedsOf(whole)
    const found = interpret(whole, feeds)
    const { output, after } = plain(feeds, mode)
    expect(found['output']?.shape).toEqual([3, 3])
    output.forEach((value, i) => {
      expect(found['output']?.data[i]).toBeCloseTo(value, 10)
    })
    expect(Object.keys(after)).toHaveLength(18)
    for (const [name, list] of Object.entries(after))
      list.forEach((value, c) => {
        const expected = mode === 'train' ? value : (feeds[name]?.data[c] as number)
        expect(found[`after ${name}`]?.data[c]).toBeCloseTo(expected, 12)
      })
  })

  it('names, orders, shapes and starts its parameters as torchvision does', () => {
    const { parameters, buffers } = resnet8()
    const bn = (name: string) => [`${name}.weight`, `${name}.bias`]
    const block = (name: string) => [
      `${name}.conv1.weight`,
      ...bn(`${name}.bn1`),
      `${name}.conv2.weight`,
      ...bn(`${name}.bn2`),
    ]
    expect(parameters.map(({ name }) => name)).toEqual([
      ...['conv1.weight', ...bn('bn1'), ...block('layer1.0')],
      ...[...block('layer2.0'), 'layer2.0.downsample.0.weight'],
      ...[...block('layer3.0'), 'layer3.0.downsample.0.weight'],
      ...['fc.weight', 'fc.bias'],
    ])
    expect(buffers.slice(0, 4).map(({ name }) => name)).toEqual([
      'bn1.running_mean',
      'bn1.running_var',
      'layer1.0.bn1.running_mean',
      'layer1.0.bn1.running_var',
    ])
    const spec = (name: string) => [...parameters, ...buffers].find((each) => each.name === name)
    const uniform = (fanIn: number) => ({ kind: 'uniform', bound: 1 / Math.sqrt(fanIn) })
    expect(spec('conv1.weight')).toMatchObject({ shape: [8, 1, 3, 3], role: 'kernel', init: uniform(9) })
    expect(spec('layer3.0.conv2.weight')).toMatchObject({ shape: [32, 32, 3, 3], init: uniform(288) })
    expect(spec('layer3.0.downsample.0.weight')).toMatchObject({ shape: [32, 16, 1, 1], init: uniform(16) })
    expect(spec('fc.weight')).toMatchObject({ shape: [10, 32], role: 'output', init: uniform(32) })
    expect(spec('fc.bias')).toMatchObject({ shape: [10], role: 'vector', init: uniform(32) })
    expect(spec('layer2.0.bn1.weight')).toMatchObject({ shape: [16], role: 'vector', init: { value: 1 } })
    expect(spec('bn1.running_var')).toMatchObject({ shape: [8], init: { kind: 'constant', value: 1 } })
  })

  it('has as many numbers as it says', () => {
    const count = (specs: ReturnType<typeof resnet>['parameters']) =>
      specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    const { parameters, buffers } = resnet8()
    expect(count(parameters)).toBe(19_714)
    expect(count(buffers)).toBe(240)
    const plainer = resnet8({ norm: 'none' })
    expect(count(plainer.parameters)).toBe(19_714 - 240 + 120)
    expect(plainer.buffers).toEqual([])
    const deep = resnet({ channels: 3, classes: 10, stem: { width: 16 }, stages: [16, 32, 64], blocks: 3 })
    expect(deep.parameters.filter(({ role }) => role === 'kernel' || role === 'output')).toHaveLength(20 + 2)
    expect(count(deep.parameters)).toBe(272_282)
  })

  it('takes grey images with or without their channel, and has no statistics without norm', () => {
    const without = traced(resnet8({ norm: 'none' }), [28, 28], 2, 'train')
    const within = traced(resnet8({ norm: 'none' }), [1, 28, 28], 2, 'train')
    const feeds = feedsOf(without)
    const x = { ...(feeds['x'] as NdArray), shape: [2, 1, 28, 28] }
    expect(interpret(within, { ...feeds, x })['output']).toEqual(interpret(without, feeds)['output'])
    expect(Object.keys(without.outputs)).toEqual(['output'])
  })

  it('refuses widths and inputs that cannot work', () => {
    expect(() => resnet({ ...tiny, stages: [] })).toThrow('[eos] A residual network needs at least one stage.')
    expect(() => resnet({ ...tiny, stages: [8, 0] })).toThrow('cannot have stages[1] = 0')
    expect(() => resnet({ ...tiny, stem: { width: 8, stride: 1.5 } })).toThrow('stem.stride = 1.5')
    expect(() => resnet({ ...tiny, blocks: 0 })).toThrow(EosError)
    expect(() => traced(resnet(tiny), [7, 7], 2, 'train')).toThrow(
      'The model takes images [B, 2, height, width], but "x" is float32[2, 7, 7]. Make channels 1',
    )
    expect(() => traced(resnet8(), [784], 2, 'train')).toThrow('Give [B, height, width]')
    expect(() => resnet8().apply({} as never, {}, 'train')).toThrow('an input "x"')
  })
})
