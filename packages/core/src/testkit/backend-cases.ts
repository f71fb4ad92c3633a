import * as g from '@eos-sgd/graph'
import { integers, normals } from './arrays.ts'

/** A small graph with what to feed it. */
export interface BackendCase {
  readonly name: string
  readonly graph: g.Graph
  readonly feeds: Readonly<Record<string, g.NdArray>>
}

/** Operators, element types and derivatives that every backend computes, or refuses by `capabilities.unsupported`. */
export const backendCases = (): BackendCase[] => [
  ...elementwise(),
  ...structure(),
  ...reductions(),
  ...elementTypes(),
  ...networks(),
]

type Feeds = BackendCase['feeds']
const build = (name: string, outputs: Record<string, g.Tensor>, feeds: Feeds): BackendCase => ({
  name,
  graph: g.graph(name, outputs),
  feeds,
})
const positive = (array: g.NdArray): g.NdArray => ({
  ...array,
  data: array.data.map((x) => Math.fround(Math.abs(x) + 0.5)),
})
const each = (names: readonly string[], make: (name: string) => g.Tensor): Record<string, g.Tensor> =>
  Object.fromEntries(names.map((name) => [name, make(name)]))

function elementwise(): BackendCase[] {
  const a = g.input('a', [3, 4])
  const b = g.input('b', [4])
  const column = g.input('column', [3, 1])
  const scalar = g.input('scalar', [])
  const feeds = {
    a: normals([3, 4], 'a'),
    b: positive(normals([4], 'b')),
    column: normals([3, 1], 'c'),
    scalar: normals([], 's'),
  }
  const only = (...names: (keyof typeof feeds)[]): Feeds => Object.fromEntries(names.map((name) => [name, feeds[name]]))
  const shapes = { row: b, column, scalar }
  const broadcast = (f: (x: g.Tensor, y: g.Tensor) => g.Tensor): Record<string, g.Tensor> =>
    Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`with ${name}`, f(a, shape)]))
  const smooth = {
    exp: g.exp,
    tanh: g.tanh,
    sigmoid: g.sigmoid,
    softplus: g.softplus,
    erf: g.erf,
    sin: g.sin,
    cos: g.cos,
  }
  const kinks = { relu: g.relu, abs: g.abs, sign: g.sign, neg: g.neg, identity: g.identity }
  const onPositive = { sqrt: g.sqrt, log: g.log, reciprocal: g.reciprocal }
  const pick = <T extends Record<string, (x: g.Tensor) => g.Tensor>>(table: T, x: g.Tensor): Record<string, g.Tensor> =>
    each(Object.keys(table), (name) => (table[name] as (x: g.Tensor) => g.Tensor)(x))
  return [
    build('add with broadcasting', broadcast(g.add), feeds),
    build('sub with broadcasting', broadcast(g.sub), feeds),
    build('mul with broadcasting', broadcast(g.mul), feeds),
    build(
      'div with broadcasting',
      broadcast((x, y) => g.div(x, y)),
      feeds,
    ),
    build(
      'max and min with broadcasting',
      { max: g.maximum(a, b), min: g.minimum(a, column) },
      only('a', 'b', 'column'),
    ),
    build('constants', { sum: a.add(2).mul(-0.5), power: g.pow(b, 1.5), square: g.pow(a, 2) }, only('a', 'b')),
    ...Object.entries(pick(smooth, a)).map(([name, y]) => build(name, { y }, only('a'))),
    ...Object.entries(pick(kinks, a)).map(([name, y]) => build(name, { y }, only('a'))),
    ...Object.entries(pick(onPositive, b)).map(([name, y]) => build(name, { y }, only('b'))),
    build('scalars', { y: g.tanh(scalar.mul(3).add(1)) }, only('scalar')),
    build(
      'comparisons',
      { less: g.less(a, b), greater: g.greaterOrEqual(a, 0), both: g.and(g.less(a, 1), g.not(g.less(a, 0))) },
      only('a', 'b'),
    ),
    build('where', { y: g.where(g.greater(a, 0), a, b) }, only('a', 'b')),
  ]
}

function structure(): BackendCase[] {
  const x = g.input('x', [2, 3, 4])
  const y = g.input('y', [2, 4, 5])
  const m = g.input('m', [4, 6])
  const same = g.tanh(m)
  const feeds = { x: normals([2, 3, 4], 'x'), y: normals([2, 4, 5], 'y'), m: normals([4, 6], 'm') }
  return [
    build('matmul', { y: g.matmul(g.slice(g.reshape(x, [6, 4]), 0, 1, 6), m) }, { x: feeds.x, m: feeds.m }),
    build(
      'matmul of transposes',
      { y: g.matmul(g.swapLast(m), g.swapLast(g.reshape(x, [6, 4]))) },
      { x: feeds.x, m: feeds.m },
    ),
    build('batched matmul', { batch: g.matmul(x, y), broadcast: g.matmul(x, m) }, feeds),
    build('transpose', { y: g.transpose(x, [2, 0, 1]) }, { x: feeds.x }),
    build('reshape and slice', { y: g.slice(g.reshape(x, [4, 6]), 1, 1, 6, 2) }, { x: feeds.x }),
    build('concat', { y: g.concat([x, g.slice(x, 1, 0, 2)], 1) }, { x: feeds.x }),
    build(
      'pad and expand',
      { pad: g.pad(m, [1, 0], [0, 2]), expand: g.expand(g.reshape(m, [1, 4, 6]), [3, 4, 6]) },
      { m: feeds.m },
    ),
    build('an input passed through', { same: x, twice: x.mul(2) }, { x: feeds.x }),
    build('one value under two names', { first: same, second: same }, { m: feeds.m }),
    build('a constant without inputs', { y: g.constant([1, 2, 3], [3]) }, {}),
  ]
}

function reductions(): BackendCase[] {
  const x = g.input('x', [3, 4, 5])
  const feeds = { x: normals([3, 4, 5], 'r') }
  const table = {
    sum: g.reduceSum,
    mean: g.reduceMean,
    sumSquare: g.reduceSumSquare,
    max: g.reduceMax,
    logSumExp: g.reduceLogSumExp,
  }
  return [
    ...Object.entries(table).map(([name, f]) =>
      build(`${name} over all, some and kept axes`, { all: f(x), some: f(x, [0, 2]), kept: f(x, [1], true) }, feeds),
    ),
    build('argMax', { last: g.argMax(x, -1), first: g.argMax(x, 0) }, feeds),
  ]
}

function elementTypes(): BackendCase[] {
  const long = g.input('long', [4], 'int64')
  const int = g.input('int', [4], 'int32')
  const flag = g.input('flag', [4], 'bool')
  const double = g.input('double', [3, 3], 'float64')
  return [
    build(
      'int64 labels',
      { hot: g.cast(g.equal(g.reshape(long, [4, 1]), g.constant([0, 1, 2], [3], 'int64')), 'float32') },
      { long: integers([4], 3, 'int64', 'l') },
    ),
    build(
      'int32 to float32',
      { y: g.cast(int, 'float32').mul(0.5), long: g.cast(int, 'int64') },
      { int: integers([4], 9, 'int32', 'i') },
    ),
    build(
      'bool in and out',
      { not: g.not(flag), as: g.cast(flag, 'float32') },
      { flag: integers([4], 2, 'bool', 'f') },
    ),
    build(
      'float64',
      { y: g.matmul(double, double).add(1 / 3), sum: g.reduceSum(double) },
      { double: { ...normals([3, 3], 'd'), dtype: 'float64' } },
    ),
  ]
}

function networks(): BackendCase[] {
  const samples = 8
  const widths = [6, 16, 16, 3] as const
  const leaves = widths.slice(1).flatMap((width, i): g.Leaf[] => [
    { name: `weight${i}`, shape: [widths[i] as number, width], role: 'matrix', decay: true, frozen: false },
    { name: `bias${i}`, shape: [width], role: 'vector', decay: false, frozen: false },
  ])
  const vector = (prefix: string): g.Vector =>
    new g.Vector(
      leaves,
      leaves.map(({ name, shape }) => g.input(`${prefix}/${name}`, shape)),
    )
  const draws = (prefix: string, scale: number): Feeds =>
    Object.fromEntries(
      leaves.map(({ name, shape }) => {
        const array = normals(shape, prefix, name)
        return [`${prefix}/${name}`, { ...array, data: array.data.map((value) => Math.fround(value * scale)) }]
      }),
    )
  const [params, v] = [vector('params'), vector('v')]
  const x = g.input('x', [samples, widths[0]])
  const labels = g.input('labels', [samples], 'int64')
  const network = (activation: (x: g.Tensor) => g.Tensor): { output: g.Tensor; loss: g.Tensor } => {
    const layers = widths.length - 1
    let output = x
    for (let i = 0; i < layers; i++) {
      output = g.matmul(output, params.get(`weight${i}`)).add(params.get(`bias${i}`))
      if (i < layers - 1) output = activation(output)
    }
    const hot = g.cast(g.equal(g.reshape(labels, [samples, 1]), g.constant([0, 1, 2], [3], 'int64')), 'float32')
    const loss = g.reduceMean(g.reduceLogSumExp(output, [1]).sub(g.reduceSum(output.mul(hot), [1])))
    return { output, loss }
  }
  const named = (prefix: string, { tensors }: g.Vector): Record<string, g.Tensor> =>
    Object.fromEntries(leaves.map(({ name }, i) => [`${prefix}/${name}`, tensors[i] as g.Tensor]))
  const feeds = { x: normals([samples, widths[0]], 'x'), ...draws('params', 0.4) }
  const all = { ...feeds, labels: integers([samples], 3, 'int64', 'labels') }
  const [kinked, smooth] = [network(g.relu), network(g.tanh)]
  return [
    build('MLP forward', { output: kinked.output }, feeds),
    build('MLP loss and gradient, ReLU', { loss: kinked.loss, ...named('grad', g.grad(kinked.loss, params)) }, all),
    build('MLP loss and gradient, tanh', { loss: smooth.loss, ...named('grad', g.grad(smooth.loss, params)) }, all),
    build('MLP Hessian-vector product', named('hvp', g.hvp(smooth.loss, params, v)), { ...all, ...draws('v', 1) }),
    build('MLP step', { loss: kinked.loss, ...named('next', params.sub(g.grad(kinked.loss, params).scale(0.1))) }, all),
  ]
}
