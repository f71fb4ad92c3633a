import { graph, input, interpret, ndarray, type Tensor } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { accuracy, crossEntropy } from './losses.ts'
import { mlp } from './mlp.ts'
import { classification, languageModel, regression, scaleLoss } from './tasks.ts'

const value = (tensor: Tensor, feeds: Parameters<typeof interpret>[1]): number =>
  interpret(graph('g', { tensor }), feeds)['tensor']!.data[0]!

const model = mlp({ widths: [4, 3] })
const logits = ndarray([2, 1, 0, 0, 0, 0, -1, 1000, 3], [3, 3])
const label = ndarray([0, 1, 2], [3], 'int64')
const z = input('z', [3, 3])
const y = input('y', [3], 'int64')

describe('classification', () => {
  it('has the mean cross-entropy as loss, for logits of any size', () => {
    const first = Math.log(1 + Math.exp(-1) + Math.exp(-2))
    expect(value(crossEntropy(z, y), { z: logits, y: label })).toBeCloseTo((first + Math.log(3) + 997) / 3, 10)
  })

  it('counts hits, the first of equal logits for one', () => {
    expect(value(accuracy(z, y), { z: logits, y: label })).toBeCloseTo(1 / 3, 12)
  })

  it('states its fields and metric', () => {
    const task = classification({ model, shape: [2, 2], classes: 3 })
    expect(task.fields).toEqual({
      x: { shape: [2, 2], dtype: 'float32' },
      label: { shape: [], dtype: 'int64', classes: 3 },
    })
    expect(task.inputs).toEqual(['x'])
    expect(Object.keys(task.metrics ?? {})).toEqual(['accuracy'])
  })

  it('refuses a model with another number of outputs', () => {
    const task = classification({ model, shape: [4], classes: 4 })
    expect(() => task.loss(z, { label: y })).toThrow(
      '4 classes need an output [B, 4], but model "mlp 4-3" returns float32[3, 3]. Make the last width',
    )
    expect(() => classification({ model, shape: [4], classes: 1 })).toThrow('at least 2 classes')
    expect(() => crossEntropy(z, input('w', [4], 'int64'))).toThrow(
      'need logits [B, ..., C] and labels [B, ...], got float32[3, 3] and int64[4]',
    )
  })
})

describe('languageModel', () => {
  const task = languageModel({ model, vocabulary: 3, context: 2 })
  const output = input('o', [2, 2, 3])
  const next = input('n', [2, 2], 'int64')

  it('has the mean over samples and positions of what a classification has', () => {
    const feeds = {
      o: ndarray([2, 1, 0, 0, 0, 0, -1, 1000, 3, 0, 5, 0], [2, 2, 3]),
      n: ndarray([0, 1, 2, 1], [2, 2], 'int64'),
    }
    const flat = { z: ndarray(feeds.o.data, [4, 3]), y: ndarray(feeds.n.data, [4], 'int64') }
    const [rows, labels] = [input('z', [4, 3]), input('y', [4], 'int64')]
    expect(value(task.loss(output, { label: next }), feeds)).toBe(value(crossEntropy(rows, labels), flat))
    const hits = task.metrics?.['accuracy'] as NonNullable<typeof task.metrics>[string]
    expect(value(hits(output, { label: next }), feeds)).toBe(0.5)
  })

  it('states its fields, and refuses a model of another vocabulary or context', () => {
    const tokens = { shape: [2], dtype: 'int64', classes: 3 }
    expect(task.fields).toEqual({ x: tokens, label: tokens })
    for (const shape of [
      [2, 2, 4],
      [2, 3, 3],
      [4, 3],
    ])
      expect(() => task.loss(input('o', shape), { label: next })).toThrow(
        '3 tokens at 2 positions need an output [B, 2, 3]',
      )
  })
})

describe('regression', () => {
  it('has the mean squared error as loss, with targets of one number or several', () => {
    const single = regression({ model, shape: [4] })
    const output = input('o', [2, 1])
    const loss = single.loss(output, { y: input('t', [2]) })
    expect(value(loss, { o: ndarray([1, 2], [2, 1]), t: ndarray([0, 4], [2]) })).toBe(2.5)
    const triple = regression({ model, shape: [4], target: [3] })
    expect(value(triple.loss(z, { y: input('t', [3, 3]) }), { z: ndarray(2, [3, 3]), t: ndarray(1, [3, 3]) })).toBe(1)
    expect(() => single.loss(z, { y: input('t', [3]) })).toThrow(
      'The model returns float32[3, 3], but the target is float32[3].',
    )
  })
})

describe('scaleLoss', () => {
  it('multiplies the loss and says so', () => {
    const task = classification({ model, shape: [4], classes: 3 })
    const scaled = scaleLoss(scaleLoss(task, 20), 5)
    expect(scaled.lossScale).toBe(100)
    const feeds = { z: logits, y: label }
    expect(value(scaled.loss(z, { label: y }), feeds)).toBeCloseTo(100 * value(task.loss(z, { label: y }), feeds), 8)
    for (const factor of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => scaleLoss(task, factor)).toThrow('positive finite factor')
  })
})
