import { apply1 } from '../apply.ts'
import { EosError } from '../error.ts'
import { operators } from '../operators.ts'
import { BatchNormalization } from '../ops/batch-norm.ts'
import { cast } from '../ops/comparison.ts'
import { power } from '../ops/elementary.ts'
import { constant, identity } from '../ops/leaf.ts'
import { Gemm, matmul, transpose } from '../ops/linear-algebra.ts'
import { ArgMax, reduceMax, reduceMean, reduceSum, reduceSumSquare } from '../ops/reduction.ts'
import { maximum, minimum } from '../ops/selection.ts'
import { reshape } from '../ops/shape.ts'
import { reduceLogSumExp } from '../ops/softmax.ts'
import type { Tensor } from '../tensor.ts'
import type { Importer } from './application.ts'
import { dtypeOf } from './constants.ts'
import { sequenceImporters } from './sequence-importers.ts'
import { shapeImporters } from './shape-importers.ts'
import { windowImporters } from './window-importers.ts'

/** Operators without attributes, whose inputs are tensors as they stand. */
const plain = [
  ...['Add', 'Sub', 'Mul', 'Div', 'Neg', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Tanh', 'Sigmoid', 'Softplus', 'Erf'],
  ...['Sin', 'Cos', 'Relu', 'Abs', 'Sign', 'Where', 'Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual'],
  ...['And', 'Or', 'Not'],
]
const arity: Readonly<Record<string, number>> = { Where: 3 }
const unary = new Set([...plain.slice(4, 13), 'Sin', 'Cos', 'Relu', 'Abs', 'Sign', 'Not'])

const applyPlain =
  (type: string): Importer =>
  (node) => {
    const count = unary.has(type) ? 1 : (arity[type] ?? 2)
    if (node.inputs.length !== count)
      throw new EosError('ONNX_CORRUPT', `${type} takes ${count} inputs, not ${node.inputs.length}.`)
    return apply1(operators[type] as (typeof operators)[string], node.tensors())
  }

type Reduce = (x: Tensor, axes: readonly number[], keepdims: boolean) => Tensor

/** Axes are an attribute before opset 18 (13 for ReduceSum), an input since; none means all, or nothing on request. */
const reduction =
  (reduce: Reduce): Importer =>
  (node) => {
    const x = node.tensor(0)
    const rank = x.shape.length
    const given = node.axes(node.ints('axes') ?? node.operand(1) ?? [], rank)
    const all = given.length === 0 && node.int('noop_with_empty_axes', 0) === 0
    return reduce(x, all ? x.shape.map((_, axis) => axis) : given, node.int('keepdims', 1) !== 0)
  }

/** Max, Min, Sum: of one or more. */
const folded =
  (f: (a: Tensor, b: Tensor) => Tensor): Importer =>
  (node) => {
    const tensors = node.tensors()
    return tensors.length === 1 ? identity(tensors[0]) : tensors.reduce((a, b) => f(a, b))
  }

const readBatchNormalization: Importer = (node) => {
  if (node.int('training_mode', 0) !== 0) throw node.unsupported('it is in training mode')
  return apply1(BatchNormalization, node.tensors(), { epsilon: node.float('epsilon', 1e-5) })
}

/** A vector on the left is a row, on the right a column. */
const readMatMul: Importer = (node) => {
  const [a, b] = [node.tensor(0), node.tensor(1)]
  const [row, column] = [a.shape.length === 1, b.shape.length === 1]
  const product = matmul(row ? reshape(a, [1, ...a.shape]) : a, column ? reshape(b, [...b.shape, 1]) : b)
  const shape = product.shape.filter(
    (_, axis, all) => !(column && axis === all.length - 1) && !(row && axis === all.length - 2),
  )
  return reshape(product, shape)
}

const readGemm: Importer = (node) => {
  const [a, b, c] = [node.tensor(0), node.tensor(1), node.inputs[2]]
  const flag = (name: string): number => Number(node.int(name, 0) !== 0)
  const attributes = {
    alpha: node.float('alpha', 1),
    beta: node.float('beta', 1),
    transA: flag('transA'),
    transB: flag('transB'),
  }
  return apply1(Gemm, c ? [a, b, c] : [a, b], attributes)
}

const readConstant: Importer = (node) => {
  const value = node.array('value')
  if (value) return constant(value.data, value.shape, value.dtype)
  if (node.has('value_int')) return constant(node.int('value_int'), [], 'int64')
  if (node.has('value_float')) return constant(node.float('value_float'))
  const [ints, floats] = [node.ints('value_ints'), node.floats('value_floats')]
  if (ints) return constant(ints, [ints.length], 'int64')
  if (floats) return constant(floats, [floats.length])
  throw node.unsupported('its value is none of a tensor, an integer, a float or a list of them')
}

const readClip: Importer = (node) => {
  const [x, least, most] = [node.tensor(0), node.inputs[1], node.inputs[2]]
  const raised = least ? maximum(x, least) : x
  return most ? minimum(raised, most) : raised
}

/** How to read each operator: those that graphs have, and a few that are made of them. */
export const importers: ReadonlyMap<string, Importer> = new Map<string, Importer>([
  ...plain.map((type) => [type, applyPlain(type)] as const),
  ['Identity', (node) => identity(node.tensor(0))],
  ['Constant', readConstant],
  ['Pow', (node) => power(node.tensor(0), cast(node.tensor(1), node.tensor(0).dtype))],
  ['Max', folded(maximum)],
  ['Min', folded(minimum)],
  ['Sum', folded((a, b) => a.add(b))],
  ['Clip', readClip],
  ['Cast', (node) => cast(node.tensor(0), dtypeOf(node.int('to'), 'The target of a Cast'))],
  ['MatMul', readMatMul],
  ['BatchNormalization', readBatchNormalization],
  ['Gemm', readGemm],
  [
    'Transpose',
    (node) => {
      const perm = node.ints('perm')
      return transpose(node.tensor(0), perm && node.axes(perm, node.tensor(0).shape.length))
    },
  ],
  ['ReduceSum', reduction(reduceSum)],
  ['ReduceMean', reduction(reduceMean)],
  ['ReduceSumSquare', reduction(reduceSumSquare)],
  ['ReduceMax', reduction(reduceMax)],
  ['ReduceLogSumExp', reduction(reduceLogSumExp)],
  [
    'ArgMax',
    (node) => {
      const x = node.tensor(0)
      if (node.int('select_last_index', 0) !== 0) throw node.unsupported('it asks for the last index')
      return apply1(ArgMax, [x], {
        axis: node.axis(node.int('axis', 0), x.shape.length),
        keepdims: Number(node.int('keepdims', 1) !== 0),
      })
    },
  ],
  ...sequenceImporters,
  ...shapeImporters,
  ...windowImporters,
])
