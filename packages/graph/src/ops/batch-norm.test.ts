import { describe, expect, it } from 'vitest'
import { apply } from '../apply.ts'
import { type NdArray, ndarray } from '../array.ts'
import { jvp } from '../differentiate/jvp.ts'
import { type Graph, graph, nodesOf } from '../graph.ts'
import { interpret } from '../interpret.ts'
import { distance, randomFeeds, randomFrom, runOnnx, type Values } from '../laws/support.ts'
import { writeOnnx } from '../onnx/write.ts'
import { defineOp } from '../operator.ts'
import { substitute } from '../substitute.ts'
import type { Tensor } from '../tensor.ts'
import { type Shape, sizeOf } from '../type.ts'
import { BatchNormalization, type BatchNormOptions, batchNorm } from './batch-norm.ts'
import { constant, input } from './leaf.ts'
import { slice } from './shape.ts'

const shapes: readonly Shape[] = [
  [6, 3],
  [4, 3, 5],
  [3, 2, 4, 5],
]
const vectors = (channels: number) => ({
  scale: input('scale', [channels]),
  shift: input('shift', [channels]),
  runningMean: input('mean', [channels]),
  runningVariance: input('variance', [channels]),
})
const normalised = (shape: Shape, options: Partial<BatchNormOptions> = {}): Graph => {
  const x = input('x', shape)
  return graph('batch norm', { ...batchNorm(x, { ...vectors(shape[1] as number), mode: 'train', ...options }) })
}
const feedsOf = (whole: Graph): Record<string, NdArray> => {
  const feeds = randomFeeds(randomFrom(3), whole)
  const { shape, data } = feeds['variance'] ?? ndarray(1, [])
  return {
    ...feeds,
    variance: ndarray(
      data.map((value) => value + 1.5),
      shape,
    ),
  }
}
const plain = (channels: number): Values => ({
  scale: ndarray(1, [channels]),
  shift: ndarray(0, [channels]),
  mean: ndarray(0, [channels]),
  variance: ndarray(1, [channels]),
})
const dataOf = (values: Values, name: string): Float64Array => (values[name] as NdArray).data

/** The numbers of each channel, in plain loops. */
function channelsOf({ shape, data }: NdArray): number[][] {
  const inner = sizeOf(shape.slice(2))
  const lists = Array.from({ length: shape[1] as number }, (): number[] => [])
  data.forEach((value, i) => {
    lists[Math.floor(i / inner) % lists.length]?.push(value)
  })
  return lists
}
const meanOf = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length
const varianceOf = (list: readonly number[]): number => meanOf(list.map((value) => (value - meanOf(list)) ** 2))

describe.each(shapes.map((shape) => [shape]))('batchNorm of [%s] in training', (shape) => {
  const channels = shape[1] as number

  it('gives every channel mean 0 and variance 1', () => {
    const whole = normalised(shape, { epsilon: 0 })
    const { output } = interpret(whole, { ...feedsOf(whole), ...plain(channels) })
    for (const list of channelsOf(output as NdArray)) {
      expect(meanOf(list)).toBeCloseTo(0, 12)
      expect(varianceOf(list)).toBeCloseTo(1, 12)
    }
  })

  it('does not see scale and shift of its input', () => {
    const whole = normalised(shape, { epsilon: 0 })
    const feeds = feedsOf(whole)
    const inner = sizeOf(shape.slice(2))
    const x = feeds['x'] as NdArray
    const moved = x.data.map((value, i) => {
      const channel = Math.floor(i / inner) % channels
      return (channel + 0.5) * value - 3 * channel
    })
    const [once, twice] = [interpret(whole, feeds), interpret(whole, { ...feeds, x: ndarray(moved, shape) })]
    expect(distance(dataOf(twice, 'output'), dataOf(once, 'output'))).toBeLessThan(1e-12)
  })

  it('moves the running statistics as PyTorch does: by the unbiased variance', () => {
    const whole = normalised(shape, { momentum: 0.3 })
    const feeds = feedsOf(whole)
    const results = interpret(whole, feeds)
    channelsOf(feeds['x'] as NdArray).forEach((list, c) => {
      const [mean, variance] = [dataOf(feeds, 'mean')[c] as number, dataOf(feeds, 'variance')[c] as number]
      const unbiased = (varianceOf(list) * list.length) / (list.length - 1)
      expect(dataOf(results, 'runningMean')[c]).toBeCloseTo(0.7 * mean + 0.3 * meanOf(list), 12)
      expect(dataOf(results, 'runningVariance')[c]).toBeCloseTo(0.7 * variance + 0.3 * unbiased, 12)
    })
  })

  it("equals ONNX's operator with training_mode = 1, run by ONNX Runtime", async () => {
    const Training = defineOp({
      type: 'BatchNormalization',
      attributes: { epsilon: 'float', momentum: 'float', training_mode: 'int' },
      infer: ([x, scale]) => [x, scale, scale].map((type) => type as Tensor),
      evaluate: BatchNormalization.evaluate,
      tangent: 'zero',
    })
    const { scale, shift, runningMean, runningVariance } = vectors(channels)
    const x = input('x', shape)
    const attributes = { epsilon: 1e-5, momentum: 0.9, training_mode: 1 }
    const [y, mean, variance] = apply(Training, [x, scale, shift, runningMean, runningVariance], attributes)
    const theirs = graph('operator', { y: y as Tensor, mean1: mean as Tensor, variance1: variance as Tensor })
    const feeds = feedsOf(theirs)
    const given = await runOnnx(writeOnnx(theirs, { simplify: false }), feeds)
    const ours = interpret(normalised(shape), feeds)
    expect(distance(dataOf(given, 'y'), dataOf(ours, 'output'))).toBeLessThan(2e-6)
    expect(distance(dataOf(given, 'mean1'), dataOf(ours, 'runningMean'))).toBeLessThan(1e-6)
    // ONNX moves the running variance by the biased one.
    const count = sizeOf(shape) / channels
    const moved = dataOf(ours, 'runningVariance').map((value, c) => {
      const kept = 0.9 * (dataOf(feeds, 'variance')[c] as number)
      return kept + ((value - kept) * (count - 1)) / count
    })
    expect(distance(dataOf(given, 'variance1'), moved)).toBeLessThan(1e-6)
  })
})

describe('batchNorm', () => {
  const shape = [8, 2, 3, 3]

  it('keeps its digits in float32 where the mean is a thousand times the deviation', async () => {
    const whole = normalised(shape)
    const feeds = { ...feedsOf(whole), ...plain(2) }
    const near = feeds['x'] as NdArray
    const x = ndarray(
      near.data.map((value) => Math.fround(0.1 * value + 1000)),
      shape,
    )
    const expected = interpret(whole, { ...feeds, x })
    // Half a unit in the last place of 1000 is 5e-4 deviations. A mean of squares would be known to 18 variances.
    for (const optimize of [false, true]) {
      const found = await runOnnx(writeOnnx(whole), { ...feeds, x }, optimize)
      expect(distance(dataOf(found, 'output'), dataOf(expected, 'output'))).toBeLessThan(1e-3)
    }
  })

  it('evaluates by the running statistics and leaves them alone', () => {
    const options = { ...vectors(2), mode: 'evaluate' } as const
    const result = batchNorm(input('x', shape), options)
    expect(result.runningMean).toBe(options.runningMean)
    expect(result.runningVariance).toBe(options.runningVariance)
    expect(result.output.node.operator).toBe(BatchNormalization)
  })

  it('carries no derivative through running statistics, in or out', () => {
    for (const mode of ['train', 'evaluate'] as const) {
      const x = input('x', shape)
      const options = { ...vectors(2), mode, statistics: 'batch' } as const
      const { output, runningMean, runningVariance } = batchNorm(x, options)
      const given = [options.runningMean, options.runningVariance]
      const directions = given.map((vector, i) => input(`v${i}`, vector.shape))
      expect(jvp([output], given, directions)).toEqual([undefined])
      expect(jvp([runningMean, runningVariance], [x], [input('v', shape)])).toEqual([undefined, undefined])
    }
  })

  it('by statistics of the batch gives pieces the outputs of the whole', () => {
    const whole = normalised(shape, { statistics: 'batch' })
    const feeds = feedsOf(whole)
    const expected = interpret(whole, feeds)
    const x = input('x', shape)
    const options = { ...vectors(2), mode: 'train', statistics: 'batch' } as const
    const pieces = [0, 1].map((i) => {
      const { output } = batchNorm(slice(x, 0, 4 * i, 4 * i + 4), options)
      return { output, marks: nodesOf([output]).filter(({ operator }) => operator.type === 'DataMean') }
    })
    const [first, second] = pieces.map(({ marks }) => marks.map(({ inputs }) => inputs[0] as Tensor)) as [
      Tensor[],
      Tensor[],
    ]
    expect(first).toHaveLength(2)
    const means = first.map((one, i) => one.add(second[i] as Tensor).mul(0.5))
    pieces.forEach(({ output, marks }, piece) => {
      const known = new Map(marks.map(({ outputs }, i) => [outputs[0] as Tensor, means[i] as Tensor]))
      const [joined] = substitute([output], known) as [Tensor]
      const found = dataOf(interpret(graph('piece', { joined }), feeds), 'joined')
      const half = dataOf(expected, 'output').subarray((piece * sizeOf(shape)) / 2, ((piece + 1) * sizeOf(shape)) / 2)
      expect(distance(found, half)).toBeLessThan(1e-12)
    })
  })

  it('refuses what has no variance or does not fit, in words', () => {
    const train = (x: Tensor, more: Partial<BatchNormOptions> = {}) =>
      batchNorm(x, { ...vectors(2), mode: 'train', ...more })
    expect(() => train(input('x', [1, 2]))).toThrow(/float32\[1, 2\] has one number per channel.*more than one sample/)
    expect(() => train(input('x', [4]))).toThrow(/Needs samples and channels/)
    expect(() => train(input('x', [4, 3]))).toThrow(/scale of 3 channels must be float32\[3\], got float32\[2\]/)
    expect(() => train(input('x', [4, 2]), { shift: constant(0) })).toThrow(/shift of 2 channels .* got float32\[\]/)
    expect(() => train(input('x', [4, 2]), { runningMean: input('mean', [1]) })).toThrow(/mean of 2 channels/)
    expect(() => train(input('x', [4, 2], 'int64'), { mode: 'evaluate' })).toThrow(/Needs a float tensor/)
  })
})
