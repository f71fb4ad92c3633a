import { apply1 } from '../apply.ts'
import { ndarray } from '../array.ts'
import { EosError } from '../error.ts'
import { operators } from '../operators.ts'
import { cast } from '../ops/comparison.ts'
import { logSoftmax, softmax } from '../ops/composite.ts'
import { power } from '../ops/elementary.ts'
import { broadcastShape } from '../ops/elementwise.ts'
import { gather, ScatterND, take } from '../ops/gather.ts'
import { constant, identity } from '../ops/leaf.ts'
import { Gemm, matmul, transpose } from '../ops/linear-algebra.ts'
import { ArgMax, reduceLogSumExp, reduceMax, reduceMean, reduceSum, reduceSumSquare } from '../ops/reduction.ts'
import { maximum, minimum } from '../ops/selection.ts'
import { concat, expand, pad, reshape, slice } from '../ops/shape.ts'
import type { Tensor } from '../tensor.ts'
import { sizeOf } from '../type.ts'
import type { Application } from './application.ts'
import { checkedShape, dtypeOf, knownValue } from './constants.ts'

/** Makes the output of a node of a file. Reads what opsets 13 to 25 mean by the operator. */
export type Importer = (node: Application) => Tensor

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

/** Extent 0 copies (unless `allowzero`), -1 takes what is left. */
const readReshape: Importer = (node) => {
  const x = node.tensor(0)
  const copies = node.int('allowzero', 0) === 0
  const wanted = node.required(1).map((e, axis) => (e === 0 && copies ? (x.shape[axis] as number) : e))
  const known = wanted.filter((e) => e !== -1)
  const shape =
    known.length < wanted.length ? wanted.map((e) => (e === -1 ? sizeOf(x.shape) / sizeOf(known) : e)) : wanted
  return reshape(x, checkedShape(shape, 'The result of a Reshape'))
}

const readSlice: Importer = (node) => {
  const x = node.tensor(0)
  const [starts, ends] = [node.required(1), node.required(2)]
  const axes = node.axes(node.operand(3) ?? starts.map((_, i) => i), x.shape.length)
  const steps = node.operand(4) ?? axes.map(() => 1)
  if ([ends, axes, steps].some((list) => list.length !== starts.length))
    throw new EosError('ONNX_CORRUPT', 'The operands of a Slice differ in length.')
  return axes.reduce((result, axis, i) => {
    const extent = x.shape[axis] as number
    const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + extent : at, 0), extent)
    const step = steps[i] as number
    if (!(step >= 1)) throw node.unsupported(`a step of ${step}`)
    return slice(result, axis, clamp(starts[i] as number), clamp(ends[i] as number), step)
  }, x)
}

const readPad: Importer = (node) => {
  const x = node.tensor(0)
  const rank = x.shape.length
  if (node.string('mode', 'constant') !== 'constant') throw node.unsupported('its mode is not "constant"')
  const fill = node.inputs[2]
  if (
    fill &&
    !(
      fill.node.operator.type === 'Constant' &&
      (fill.node.attributes.value as { data: Float64Array }).data.every((v) => v === 0)
    )
  )
    throw node.unsupported('it does not pad with zero')
  const pads = node.required(1)
  const axes = node.axes(node.operand(3) ?? x.shape.map((_, axis) => axis), rank)
  if (pads.length !== 2 * axes.length)
    throw new EosError('ONNX_CORRUPT', `Pads [${pads.join(', ')}] do not fit ${axes.length} axes.`)
  const [before, after] = [0, axes.length].map((offset) => {
    const counts = x.shape.map(() => 0)
    axes.forEach((axis, i) => {
      counts[axis] = pads[offset + i] as number
    })
    return counts
  }) as [number[], number[]]
  checkedShape(
    x.shape.map((e, i) => e + (before[i] as number) + (after[i] as number)),
    'The result of a Pad',
    1,
  )
  // A negative count crops.
  const cropped = x.shape.reduce(
    (result, extent, axis) =>
      slice(result, axis, Math.max(-(before[axis] as number), 0), extent - Math.max(-(after[axis] as number), 0)),
    x,
  )
  return pad(
    cropped,
    before.map((count) => Math.max(count, 0)),
    after.map((count) => Math.max(count, 0)),
  )
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

const readUnsqueeze: Importer = (node) => {
  const x = node.tensor(0)
  const given = node.required(1)
  const axes = node.axes(given, x.shape.length + given.length)
  const rest = [...x.shape]
  return reshape(
    x,
    Array.from({ length: x.shape.length + axes.length }, (_, i) => (axes.includes(i) ? 1 : (rest.shift() as number))),
  )
}

const readSqueeze: Importer = (node) => {
  const x = node.tensor(0)
  const given = node.operand(1)
  const axes = given
    ? node.axes(given, x.shape.length)
    : x.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []))
  return reshape(
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  )
}

const readFlatten: Importer = (node) => {
  const x = node.tensor(0)
  const axis = node.int('axis', 1)
  const split = axis === x.shape.length ? axis : node.axis(axis, x.shape.length)
  return reshape(x, [sizeOf(x.shape.slice(0, split)), sizeOf(x.shape.slice(split))])
}

const readClip: Importer = (node) => {
  const [x, least, most] = [node.tensor(0), node.inputs[1], node.inputs[2]]
  const raised = least ? maximum(x, least) : x
  return most ? minimum(raised, most) : raised
}

/** A known index is a Slice, which is cheaper. */
const readGather: Importer = (node) => {
  const [x, indices] = [node.tensor(0), node.tensor(1)]
  const axis = node.axis(node.int('axis', 0), x.shape.length)
  const known = indices.shape.length === 0 ? knownValue(indices) : undefined
  return known ? take(x, known.data[0] as number, axis) : gather(x, indices, axis)
}

const readScatterND: Importer = (node) => {
  if (node.string('reduction', 'none') !== 'add') throw node.unsupported('its reduction is not "add"')
  if (node.tensor(1).shape.at(-1) !== 1) throw node.unsupported('its indices name more than a row')
  return apply1(ScatterND, [node.tensor(0), node.tensor(1), node.tensor(2)], { reduction: 'add' })
}

const alongAxis =
  (f: (x: Tensor, axis: number) => Tensor): Importer =>
  (node) => {
    const x = node.tensor(0)
    return f(x, node.axis(node.int('axis', -1), x.shape.length))
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
  ['Softmax', alongAxis(softmax)],
  ['LogSoftmax', alongAxis(logSoftmax)],
  ['Gather', readGather],
  ['ScatterND', readScatterND],
  ['Reshape', readReshape],
  ['Unsqueeze', readUnsqueeze],
  ['Squeeze', readSqueeze],
  ['Flatten', readFlatten],
  [
    'Expand',
    (node) =>
      expand(
        node.tensor(0),
        broadcastShape(node.tensor(0).shape, checkedShape(node.required(1), 'The target of an Expand', 1)),
      ),
  ],
  ['Concat', (node) => concat(node.tensors(), node.axis(node.int('axis'), node.tensor(0).shape.length))],
  ['Slice', readSlice],
  ['Pad', readPad],
  [
    'ConstantOfShape',
    (node) => {
      const { data, dtype } = node.array('value') ?? ndarray([0], [1])
      return expand(constant(data.slice(0, 1), [], dtype), checkedShape(node.required(0), 'A ConstantOfShape'))
    },
  ],
  ['Shape', (node) => constant(node.tensor(0).shape, [node.tensor(0).shape.length], 'int64')],
])
