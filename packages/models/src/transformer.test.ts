import { EosError } from '@eos-sgd/core'
import {
  grad,
  graph,
  input,
  interpret,
  type Leaf,
  type NdArray,
  ndarray,
  sizeOf,
  type Tensor,
  Vector,
} from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { languageModel } from './tasks.ts'
import { type TransformerOptions, transformer } from './transformer.ts'

const small: TransformerOptions = { vocabulary: 5, context: 3, width: 4, layers: 1, heads: 2, hidden: 6 }

const wave = (shape: readonly number[], phase: number, scale = 0.6): NdArray =>
  ndarray(
    Array.from({ length: sizeOf(shape) }, (_, i) => scale * Math.cos(5 * i + phase)),
    shape,
  )

/** Output and loss of a model at drawn weights on two samples. */
function traced(options: TransformerOptions, mode: 'train' | 'evaluate' = 'train') {
  const model = transformer(options)
  const { vocabulary, context } = options
  const leaves = model.parameters.map(
    ({ name, shape, role }): Leaf => ({ name, shape, role, decay: true, frozen: false }),
  )
  const params = new Vector(
    leaves,
    leaves.map((leaf) => input(leaf.name, leaf.shape)),
  )
  const batch: Record<string, Tensor> = {
    x: input('x', [2, context], 'int64'),
    label: input('label', [2, context], 'int64'),
  }
  const draws = mode === 'train' ? Object.entries(model.draws ?? {}) : []
  for (const [name, shape] of draws) batch[name] = input(name, [2, ...shape])
  const { output } = model.apply({ params, buffers: new Vector([], []) }, batch, mode)
  const loss = languageModel({ model, vocabulary, context }).loss(output, batch)
  const tokens = Array.from({ length: 2 * context }, (_, i) => (3 * i + 1) % vocabulary)
  const feeds: Record<string, NdArray> = {
    x: ndarray(tokens, [2, context], 'int64'),
    label: ndarray(tokens.toReversed(), [2, context], 'int64'),
  }
  leaves.forEach((leaf, k) => {
    feeds[leaf.name] = wave(leaf.shape, k)
  })
  draws.forEach(([name, shape], k) => {
    feeds[name] = ndarray(
      wave([2, ...shape], k, 0.5).data.map((value) => value + 0.5),
      [2, ...shape],
    )
  })
  return { model, leaves, params, feeds, output, loss }
}

describe('transformer', () => {
  it('names, shapes and starts its parameters as PyTorch does', () => {
    const uniform = (inputs: number) => ({ kind: 'uniform', bound: 1 / Math.sqrt(inputs) })
    const [one, zero] = [1, 0].map((value) => ({ kind: 'constant', value }))
    const normal = { kind: 'normal', deviation: 0.1 }
    expect(transformer(small).parameters.map(({ name, shape, role, init }) => [name, shape, role, init])).toEqual([
      ['embedding.weight', [5, 4], 'embedding', normal],
      ['position.weight', [3, 4], 'embedding', normal],
      ['layers.0.norm1.weight', [4], 'vector', one],
      ['layers.0.norm1.bias', [4], 'vector', zero],
      ['layers.0.attention.qkv.weight', [12, 4], 'matrix', uniform(4)],
      ['layers.0.attention.qkv.bias', [12], 'vector', uniform(4)],
      ['layers.0.attention.out.weight', [4, 4], 'matrix', uniform(4)],
      ['layers.0.attention.out.bias', [4], 'vector', uniform(4)],
      ['layers.0.norm2.weight', [4], 'vector', one],
      ['layers.0.norm2.bias', [4], 'vector', zero],
      ['layers.0.mlp.0.weight', [6, 4], 'matrix', uniform(4)],
      ['layers.0.mlp.0.bias', [6], 'vector', uniform(4)],
      ['layers.0.mlp.2.weight', [4, 6], 'matrix', uniform(6)],
      ['layers.0.mlp.2.bias', [4], 'vector', uniform(6)],
      ['norm.weight', [4], 'vector', one],
      ['norm.bias', [4], 'vector', zero],
      ['output.weight', [5, 4], 'output', uniform(4)],
      ['output.bias', [5], 'vector', uniform(4)],
    ])
    expect(transformer(small).name).toBe('transformer 1 x 4')
    expect(transformer({ ...small, hidden: undefined as never }).parameters.at(10)?.shape).toEqual([16, 4])
  })

  it('computes what the modules of its parameters compute, written out', () => {
    const { feeds, output } = traced({ ...small, layers: 2 })
    const logits = interpret(graph('logits', { output }), feeds)['output']!
    expect(logits.shape).toEqual([2, 3, 5])
    const expected = [0, 1].flatMap((sample) => forward(feeds, [...feeds['x']!.data.slice(3 * sample, 3 * sample + 3)]))
    expect([...logits.data]).toEqual(expected.map((value) => expect.closeTo(value, 12)))
  })

  it.each([
    ['without dropout', small],
    ['with dropout', { ...small, dropout: 0.3 }],
  ])('has the gradient of finite differences, %s', (_, options) => {
    const { leaves, params, feeds, loss } = traced(options)
    const gradient = grad(loss, params)
    const found = interpret(
      graph('gradient', Object.fromEntries(gradient.tensors.map((t, i) => [leaves[i]!.name, t]))),
      feeds,
    )
    const value = graph('loss', { loss })
    const step = 1e-5
    for (const leaf of leaves) {
      const start = feeds[leaf.name]!
      found[leaf.name]!.data.forEach((slope, i) => {
        const at = (shift: number): number => {
          const data = Float64Array.from(start.data)
          data[i]! += shift
          return interpret(value, { ...feeds, [leaf.name]: { ...start, data } })['loss']!.data[0]!
        }
        expect(slope).toBeCloseTo((at(step) - at(-step)) / (2 * step), 7)
      })
    }
  })

  it('predicts from what came before only', () => {
    const { feeds, output } = traced({ ...small, layers: 2 })
    const logits = (x: readonly number[]): number[] => [
      ...interpret(graph('logits', { output }), { ...feeds, x: ndarray(x, [2, 3], 'int64') })['output']!.data,
    ]
    const [before, after] = [logits([1, 2, 3, 4, 0, 1]), logits([1, 2, 4, 4, 0, 1])]
    expect(after.slice(0, 10)).toEqual(before.slice(0, 10))
    expect(after.slice(15)).toEqual(before.slice(15))
    expect(after.slice(10, 15)).not.toEqual(before.slice(10, 15))
  })

  it('draws for dropout in training only', () => {
    const options = { ...small, dropout: 0.3 }
    const places = ['embedding', 'layers.0.attention', 'layers.0.mlp']
    expect(transformer(options).draws).toEqual(Object.fromEntries(places.map((at) => [`dropout/${at}`, [3, 4]])))
    expect(transformer(small).draws).toBeUndefined()
    const value = (mode: 'train' | 'evaluate', given: TransformerOptions): number => {
      const { feeds, loss } = traced(given, mode)
      return interpret(graph('loss', { loss }), feeds)['loss']!.data[0]!
    }
    expect(value('evaluate', options)).toBe(value('evaluate', small))
    expect(value('train', options)).not.toBe(value('train', small))
  })

  it('takes shorter sequences', () => {
    const { model, params } = traced(small)
    const { output } = model.apply(
      { params, buffers: new Vector([], []) },
      { x: input('x', [2, 2], 'int64') },
      'evaluate',
    )
    expect(output.shape).toEqual([2, 2, 5])
    expect(output.node.scope).toBe('output')
  })

  it('refuses options and inputs that cannot work', () => {
    expect(() => transformer({ ...small, heads: 3 })).toThrow('3 heads do not divide the width 4')
    expect(() => transformer({ ...small, layers: 0 })).toThrow(EosError)
    const { model, params } = traced(small)
    const apply = (inputs: Record<string, Tensor>) =>
      model.apply({ params, buffers: new Vector([], []) }, inputs, 'train')
    expect(() => apply({})).toThrow('an input "x"')
    expect(() => apply({ x: input('x', [2, 4], 'int64') })).toThrow(
      'takes int64 tokens [B, T] with T up to 3, got int64[2, 4]',
    )
    expect(() => apply({ x: input('x', [2, 3]) })).toThrow('got float32[2, 3]')
    const dropping = transformer({ ...small, dropout: 0.1 })
    expect(() =>
      dropping.apply({ params, buffers: new Vector([], []) }, { x: input('x', [2, 3], 'int64') }, 'train'),
    ).toThrow('random numbers "dropout/embedding"')
  })
})

/** The logits of one sequence by loops over single numbers. */
function forward(feeds: Record<string, NdArray>, tokens: readonly number[]): number[] {
  const width = 4
  const [heads, size] = [2, 2]
  const row = (name: string, i: number): number[] => {
    const { data, shape } = feeds[name]!
    return [...data.slice(i * (shape[1] ?? 1), (i + 1) * (shape[1] ?? 1))]
  }
  const dense = (name: string, x: readonly number[]): number[] =>
    [...feeds[`${name}.bias`]!.data].map((bias, o) =>
      row(`${name}.weight`, o).reduce((sum, weight, i) => sum + weight * x[i]!, bias),
    )
  const norm = (name: string, x: readonly number[]): number[] => {
    const mean = x.reduce((sum, value) => sum + value, 0) / width
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width
    return x.map(
      (value, i) =>
        ((value - mean) / Math.sqrt(variance + 1e-5)) * feeds[`${name}.weight`]!.data[i]! +
        feeds[`${name}.bias`]!.data[i]!,
    )
  }
  const sum = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value + b[i]!)
  const gelu = (x: number): number => {
    // Simpson's rule for the distribution function.
    const steps = 2000
    let area = 0
    for (let k = 0; k <= steps; k++)
      area += (k === 0 || k === steps ? 1 : k % 2 === 1 ? 4 : 2) * Math.exp(-(((k / steps) * x) ** 2) / 2)
    return x * (0.5 + (area * x) / steps / 3 / Math.sqrt(2 * Math.PI))
  }
  let h = tokens.map((token, t) => sum(row('embedding.weight', token), row('position.weight', t)))
  for (let layer = 0; `layers.${layer}.norm1.weight` in feeds; layer++) {
    const at = `layers.${layer}`
    const qkv = h.map((x) => dense(`${at}.attention.qkv`, norm(`${at}.norm1`, x)))
    const mixed = h.map((_, t) =>
      Array.from({ length: heads }, (_, head) => {
        const part = (x: readonly number[], which: number): number[] =>
          x.slice(which * width + head * size, which * width + (head + 1) * size)
        const weights = qkv
          .slice(0, t + 1)
          .map((key) => Math.exp(part(qkv[t]!, 0).reduce((s, q, i) => s + q * part(key, 1)[i]!, 0) / Math.sqrt(size)))
        const total = weights.reduce((s, weight) => s + weight, 0)
        return Array.from({ length: size }, (_, i) =>
          weights.reduce((s, weight, key) => s + (weight / total) * part(qkv[key]!, 2)[i]!, 0),
        )
      }).flat(),
    )
    h = h.map((x, t) => sum(x, dense(`${at}.attention.out`, mixed[t]!)))
    h = h.map((x) => sum(x, dense(`${at}.mlp.2`, dense(`${at}.mlp.0`, norm(`${at}.norm2`, x)).map(gelu))))
  }
  return h.flatMap((x) => dense('output', norm('norm', x)))
}
