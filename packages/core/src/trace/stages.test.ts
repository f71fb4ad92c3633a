import {
  constant,
  dataMean,
  exp,
  graph,
  input,
  interpret,
  type NdArray,
  ndarray,
  nodesOf,
  reduceMean,
  reduceSum,
  type Tensor,
} from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { assemble } from './program.ts'
import { cutAtMeans, meanOf, type Stage } from './stages.ts'

const w = input('params/w', [3])
const old = input('state/old', [3])
/** Two samples of a micro-batch. */
const x = input('batch/x', [2, 3])

const cut = (metrics: Record<string, Tensor>, count = 2, values: Record<string, Tensor> = {}): readonly Stage[] =>
  cutAtMeans(assemble('step', new Map(Object.entries(values)), metrics), count)
const shape = (stages: readonly Stage[]): string => stages.map(({ runs }) => runs).join(' ')
const operatorsOf = ({ graph: { outputs } }: Stage): string[] =>
  nodesOf(Object.values(outputs))
    .map(({ operator }) => operator.type)
    .filter((type) => type !== 'Input' && type !== 'Constant')

/** What the training loop does, in float64: sums from zero over the pieces, then the outputs. */
function run(stages: readonly Stage[], pieces: readonly NdArray[], stored: Readonly<Record<string, NdArray>>) {
  const values: Record<string, NdArray> = { ...stored }
  for (const { runs, graph: whole } of stages) {
    if (runs === 'each')
      for (const [name, { shape: extent }] of Object.entries(whole.outputs)) values[name] = ndarray(0, extent)
    for (const piece of runs === 'each' ? pieces : pieces.slice(0, 1))
      Object.assign(values, interpret(whole, { ...values, ...sumsOf(values), 'batch/x': piece }))
  }
  return values
}

const sumsOf = (values: Readonly<Record<string, NdArray>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replace('mean/', 'sum/'), value]))

const data = [0.3, -1, 2, 0.7, 0.1, -0.4, 1.5, 0.2, 0.9, -1.1, 0.6, 0.8]
const pieces = [ndarray(data.slice(0, 6), [2, 3]), ndarray(data.slice(6), [2, 3])]
const stored = { 'params/w': ndarray([1, -2, 0.5], [3]), 'state/old': ndarray([0.1, 0.2, 0.3], [3]) }
const whole = input('batch/x', [4, 3])
/** The same with all samples in one piece, marks taken for what they are then. */
const direct = (build: (batch: Tensor) => Tensor): number[] => {
  const found = interpret(graph('direct', { y: build(whole) }), { ...stored, 'batch/x': ndarray(data, [4, 3]) })
  return Array.from((found['y'] as NdArray).data)
}
const expectEqual = (build: (batch: Tensor) => Tensor, count: number): readonly Stage[] => {
  const stages = cut({ y: build(x) })
  expect(stages.filter(({ runs }) => runs === 'each').length).toBe(count)
  const found = run(stages, pieces, stored)['metric/y']?.data as Float64Array
  direct(build).forEach((value, i) => {
    expect(found[i]).toBeCloseTo(value, 12)
  })
  return stages
}

describe('cutAtMeans', () => {
  it('runs once what reads no samples', () => {
    expect(shape(cut({ y: reduceSum(w.mul(old)) }))).toBe('once')
    expect(shape(cut({ y: dataMean(reduceSum(w)) }))).toBe('once')
  })

  it('averages over the pieces, then goes on with the mean', () => {
    const stages = expectEqual((b) => exp(dataMean(reduceMean(b.mul(w)))), 1)
    expect(shape(stages)).toBe('each once')
    expect(operatorsOf(stages[1] as Stage)).toEqual(['Exp'])
  })

  it('cuts again where a mean enters what is averaged, and computes partial values anew', () => {
    const stages = expectEqual((b) => {
      const centre = dataMean(reduceMean(b, [0]))
      const away = b.sub(centre)
      return dataMean(reduceMean(away.mul(away).mul(w)))
    }, 2)
    expect(shape(stages)).toBe('each each once')
  })

  it('computes common values once, before the samples that need them, and carries them', () => {
    const bent = exp(w.mul(old))
    const stages = expectEqual((b) => dataMean(reduceSum(reduceMean(b.mul(bent), [0]))).add(reduceSum(bent)), 1)
    expect(shape(stages)).toBe('once each once')
    expect(stages.map((stage) => operatorsOf(stage).filter((type) => type === 'Exp').length)).toEqual([1, 0, 0])
    expect(Object.keys((stages[1] as Stage).graph.inputs).sort()).toEqual(['batch/x', 'carry/0', 'sum/0'])
    expect(meanOf('sum/0')).toBe('mean/0')
  })

  it('leaves common values that no sample needs to the end', () => {
    const stages = expectEqual((b) => dataMean(reduceSum(reduceMean(b, [0]))).add(exp(w)), 1)
    expect(shape(stages)).toBe('each once')
    expect(operatorsOf(stages[1] as Stage)).toContain('Exp')
  })

  it('makes what depends on no input in every stage that needs it', () => {
    const table = exp(constant([1, 2, 3], [3]))
    const stages = expectEqual((b) => dataMean(reduceSum(reduceMean(b.mul(table), [0]))).mul(table), 1)
    expect(shape(stages)).toBe('each once')
    expect(stages.map((stage) => operatorsOf(stage).filter((type) => type === 'Exp').length)).toEqual([1, 1])
  })

  it('keeps the outputs of the program under their names', () => {
    const stages = cut({ loss: dataMean(reduceSum(x)) }, 2, { 'params/w': w.sub(dataMean(reduceMean(x, [0]))) })
    expect(Object.keys((stages.at(-1) as Stage).graph.outputs).sort()).toEqual(['metric/loss', 'next/params/w'])
  })

  it('refuses an output that depends on single samples', () => {
    expect(() => cut({ y: reduceSum(x) })).toThrow(/"metric\/y" of program "step" depends on single samples/)
  })
})
