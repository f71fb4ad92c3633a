import { EosError } from '@eos-sgd/core'
import { grad, graph, input, interpret, type Leaf, type NdArray, ndarray, sizeOf, Vector } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { type MlpOptions, mlp } from './mlp.ts'
import { classification } from './tasks.ts'

const leavesOf = (options: MlpOptions): Leaf[] =>
  mlp(options).parameters.map(({ name, shape, role }) => ({ name, shape, role, decay: true, frozen: false }))

/** Loss and gradient of a task of 3 inputs and 3 classes at drawn weights. */
function traced(options: MlpOptions) {
  const model = mlp(options)
  const task = classification({ model, shape: [3], classes: 3 })
  const leaves = leavesOf(options)
  const params = new Vector(
    leaves,
    leaves.map((leaf) => input(leaf.name, leaf.shape)),
  )
  const batch = { x: input('x', [4, 3]), label: input('label', [4], 'int64') }
  const { output } = model.apply({ params, buffers: new Vector([], []) }, batch, 'train')
  const loss = task.loss(output, batch)
  const gradient = grad(loss, params)
  const outputs = Object.fromEntries(gradient.tensors.map((tensor, i) => [`d ${leaves[i]!.name}`, tensor]))
  const feeds: Record<string, NdArray> = {
    x: ndarray(
      Array.from({ length: 12 }, (_, i) => Math.sin(3 * i + 1)),
      [4, 3],
    ),
    label: ndarray([0, 2, 1, 2], [4], 'int64'),
  }
  leaves.forEach((leaf, k) => {
    feeds[leaf.name] = ndarray(
      Array.from({ length: sizeOf(leaf.shape) }, (_, i) => 0.7 * Math.cos(5 * i + k + 0.3)),
      leaf.shape,
    )
  })
  return { leaves, feeds, loss: graph('loss', { loss }), gradient: graph('gradient', outputs) }
}

describe('mlp', () => {
  it('names, shapes and starts its parameters as PyTorch does', () => {
    const { parameters, buffers, name } = mlp({ widths: [784, 256, 10] })
    expect(parameters).toEqual([
      { name: 'layers.0.weight', shape: [256, 784], role: 'matrix', init: { kind: 'uniform', bound: 1 / 28 } },
      { name: 'layers.0.bias', shape: [256], role: 'vector', init: { kind: 'uniform', bound: 1 / 28 } },
      { name: 'layers.1.weight', shape: [10, 256], role: 'output', init: { kind: 'uniform', bound: 1 / 16 } },
      { name: 'layers.1.bias', shape: [10], role: 'vector', init: { kind: 'uniform', bound: 1 / 16 } },
    ])
    expect(buffers).toEqual([])
    expect(name).toBe('mlp 784-256-10')
    expect(mlp({ widths: [4, 2], bias: false }).parameters.map((p) => p.role)).toEqual(['output'])
  })

  it.each(['relu', 'tanh', 'sigmoid', 'gelu', 'silu'] as const)(
    'has the gradient of finite differences with %s',
    (activation) => {
      const { leaves, feeds, loss, gradient } = traced({ widths: [3, 4, 3], activation })
      const found = interpret(gradient, feeds)
      const step = 1e-6
      for (const leaf of leaves) {
        const exact = found[`d ${leaf.name}`]!.data
        const start = feeds[leaf.name]!
        exact.forEach((slope, i) => {
          const at = (shift: number): number => {
            const data = Float64Array.from(start.data)
            data[i]! += shift
            return interpret(loss, { ...feeds, [leaf.name]: { ...start, data } })['loss']!.data[0]!
          }
          expect(slope).toBeCloseTo((at(step) - at(-step)) / (2 * step), 7)
        })
      }
    },
  )

  it('flattens images and names the layer of what it computes', () => {
    const leaves = leavesOf({ widths: [6, 5, 2] })
    const params = new Vector(
      leaves,
      leaves.map((leaf) => input(leaf.name, leaf.shape)),
    )
    const { output } = mlp({ widths: [6, 5, 2] }).apply(
      { params, buffers: new Vector([], []) },
      { x: input('x', [7, 2, 3]) },
      'train',
    )
    expect(output.shape).toEqual([7, 2])
    expect(output.node.scope).toBe('layers.1')
  })

  it('refuses widths, inputs and activations that cannot work', () => {
    expect(() => mlp({ widths: [3] })).toThrow('[eos] Widths [3] do not make a network.')
    expect(() => mlp({ widths: [3, 0] })).toThrow(EosError)
    expect(() => mlp({ widths: [3, 2], activation: 'swish' as 'silu' })).toThrow(
      'There is no activation "swish". There are relu, tanh',
    )
    const model = mlp({ widths: [5, 2] })
    const leaves = leavesOf({ widths: [5, 2] })
    const point = {
      params: new Vector(
        leaves,
        leaves.map((leaf) => input(leaf.name, leaf.shape)),
      ),
      buffers: new Vector([], []),
    }
    expect(() => model.apply(point, { x: input('x', [7, 4]) }, 'train')).toThrow(
      'The model takes 5 numbers per sample, but "x" is float32[7, 4]. Make widths[0] the number of inputs of a sample (4).',
    )
    expect(() => model.apply(point, {}, 'train')).toThrow('an input "x"')
  })
})
