import { describe, expect, it } from 'vitest'
import type { Graph } from '../graph.ts'
import { graph } from '../graph.ts'
import * as op from '../ops/index.ts'
import { scope } from '../scope.ts'
import { type ModelProto, modelProto } from './schema.ts'
import { decode } from './wire.ts'
import { writeOnnx, writingOnnx, writtenOpset } from './write.ts'

const x = op.input('x', [2, 3])
const written = (whole: Graph, simplify = false): NonNullable<ModelProto['graph']> =>
  decode(modelProto, writeOnnx(whole, { simplify })).graph ?? {}

describe('writeOnnx', () => {
  it('says which opset it uses, and its inputs and outputs with their types', () => {
    const model = decode(modelProto, writeOnnx(graph('named', { y: op.argMax(x, 1) })))
    expect(model.opsetImport).toEqual([{ domain: '', version: writtenOpset }])
    expect(model.graph?.name).toBe('named')
    expect(model.graph?.input).toEqual([
      { name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ value: 2 }, { value: 3 }] } } } },
    ])
    expect(model.graph?.output).toEqual([
      { name: 'y', type: { tensorType: { elemType: 7, shape: { dim: [{ value: 2 }] } } } },
    ])
  })

  it('names nodes by scope, operator and counter, and values each once', () => {
    const y = scope('encoder', () => op.tanh(op.tanh(scope('dense', () => op.exp(x)))))
    const { node = [] } = written(graph('g', { y, 'encoder/Tanh_0': op.tanh(y) }))
    expect(node.map(({ name }) => name)).toEqual(['encoder/dense/Exp_0', 'encoder/Tanh_1', 'encoder/Tanh_2', 'Tanh_0'])
    const values = node.flatMap(({ output }) => output ?? [])
    expect(values).toEqual(['encoder/dense/Exp_0', 'encoder/Tanh_1', 'y', 'encoder/Tanh_0'])
  })

  it('writes equal constants and operands once', () => {
    const [a, b] = [op.constant([1, 2, 3], [3]), op.constant([1, 2, 3], [3])]
    const y = x
      .add(a)
      .reshape([3, 2])
      .add(op.transpose(x.mul(b)))
    const { initializer = [] } = written(graph('g', { y, z: op.tanh(y).reshape([1, 6]), w: op.exp(y).reshape([1, 6]) }))
    expect(initializer.map(({ dims, dataType }) => [dims, dataType])).toEqual([
      [[3], 1],
      [[2], 7],
      [[2], 7],
    ])
  })

  it('gives an input, a constant and a repeated tensor that are outputs an Identity', () => {
    const y = op.tanh(x)
    const { node = [] } = written(graph('g', { y, again: y, same: x, seven: op.constant(7) }))
    const found = node.map(({ opType, output }) => [opType, output?.[0]])
    expect(found).toEqual([
      ['Tanh', 'y'],
      ['Identity', 'again'],
      ['Identity', 'same'],
      ['Identity', 'seven'],
    ])
  })

  it('writes StopGradient as Identity, and the target of a Cast', () => {
    const { node = [] } = written(graph('g', { y: op.cast(op.stopGradient(x), 'int32') }))
    expect(node.map(({ opType, attribute }) => [opType, attribute])).toEqual([
      ['Identity', undefined],
      ['Cast', [{ name: 'to', i: 6, type: 2 }]],
    ])
  })

  it('simplifies by default', () => {
    const y = op.identity(op.identity(op.tanh(x)))
    expect(written(graph('g', { y }), true).node?.map(({ opType }) => opType)).toEqual(['Tanh'])
    expect(decode(modelProto, writeOnnx(graph('g', { y }))).graph?.node?.length).toBe(1)
  })

  it('writes a long graph in pieces, the same file', () => {
    let chain = op.input('x', [2])
    for (let i = 0; i < 350; i++) chain = i % 2 ? op.tanh(chain) : op.sin(chain)
    const whole = graph('long', { y: chain })
    const pieces = writingOnnx(whole, { simplify: false })
    let count = 0
    let result = pieces.next()
    for (; !result.done; result = pieces.next()) count++
    expect(count).toBe(4)
    expect(result.value).toEqual(writeOnnx(whole, { simplify: false }))
    expect(written(whole).node?.length).toBe(350)
  })
})
