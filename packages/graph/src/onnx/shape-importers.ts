import { ndarray } from '../array.ts'
import { EosError } from '../error.ts'
import { broadcastShape } from '../ops/elementwise.ts'
import { gather, take } from '../ops/gather.ts'
import { constant } from '../ops/leaf.ts'
import { concat, expand, pad, reshape, slice } from '../ops/shape.ts'
import { sizeOf } from '../type.ts'
import type { Importer } from './application.ts'
import { checkedShape, knownValue } from './constants.ts'

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
    const step = steps[i] as number
    const [least, most] = step < 0 ? [-1, extent - 1] : [0, extent]
    const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + extent : at, least), most)
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

/** A known index is a Slice, which is cheaper. */
const readGather: Importer = (node) => {
  const [x, indices] = [node.tensor(0), node.tensor(1)]
  const axis = node.axis(node.int('axis', 0), x.shape.length)
  const known = indices.shape.length === 0 ? knownValue(indices) : undefined
  return known ? take(x, known.data[0] as number, axis) : gather(x, indices, axis)
}

/** How to read the operators that move, select or repeat elements. */
export const shapeImporters: readonly (readonly [string, Importer])[] = [
  ['Gather', readGather],
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
]
