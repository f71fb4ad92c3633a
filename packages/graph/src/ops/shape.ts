import { apply1 } from '../apply.ts'
import { gather, type NdArray, stridesOf } from '../array.ts'
import { EosError } from '../error.ts'
import { defineOp } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { type Shape, sameShape, showType, sizeOf, type TensorType } from '../type.ts'
import { unbroadcast } from './broadcast.ts'
import { broadcastShape, broadcastTo } from './elementwise.ts'

/** The same elements in row-major order under another shape. */
export const Reshape = defineOp({
  type: 'Reshape',
  operands: [{ attribute: 'shape', input: 1 }],
  infer: ([x], { shape }) => {
    const { dtype, shape: from } = x as TensorType
    if (sizeOf(from) !== sizeOf(shape as Shape))
      throw new EosError(
        'SHAPE',
        `${showType(x as TensorType)} cannot become [${(shape as Shape).join(', ')}]: the sizes differ.`,
      )
    return [{ shape: shape as Shape, dtype }]
  },
  evaluate: ([x], _, [output]) => [{ ...(output as TensorType), data: (x as NdArray).data }],
  tangent: 'linear',
  transpose: (node, [cotangent]) => cotangent && reshape(cotangent, (node.inputs[0] as Tensor).shape),
})

/** Repeats a tensor to a shape it broadcasts to. */
export const Expand = defineOp({
  type: 'Expand',
  operands: [{ attribute: 'shape', input: 1 }],
  infer: ([x], { shape }) => {
    const from = (x as TensorType).shape
    if (!sameShape(broadcastShape(from, shape as Shape), shape as Shape))
      throw new EosError(
        'SHAPE',
        `${showType(x as TensorType)} does not broadcast to [${(shape as Shape).join(', ')}].`,
      )
    return [{ shape: shape as Shape, dtype: (x as TensorType).dtype }]
  },
  evaluate: ([x], { shape }, [output]) => [
    { ...(output as TensorType), data: broadcastTo(x as NdArray, shape as Shape) },
  ],
  tangent: 'linear',
  transpose: (node, [cotangent]) => cotangent && unbroadcast(cotangent, (node.inputs[0] as Tensor).shape),
})

/** Joins tensors along an axis. */
export const Concat = defineOp({
  type: 'Concat',
  attributes: { axis: 'int' },
  infer: (inputs, { axis }) => {
    const [first] = inputs as readonly [TensorType]
    const rest = (shape: Shape): string => shape.filter((_, i) => i !== axis).join()
    const odd = inputs.find(
      (x) => x.dtype !== first.dtype || x.shape.length !== first.shape.length || rest(x.shape) !== rest(first.shape),
    )
    if (odd || !((axis as number) < first.shape.length))
      throw new EosError('SHAPE', `Cannot join ${inputs.map(showType).join(', ')} along axis ${String(axis)}.`)
    const extent = inputs.reduce((sum, x) => sum + (x.shape[axis as number] as number), 0)
    return [{ shape: first.shape.map((e, i) => (i === axis ? extent : e)), dtype: first.dtype }]
  },
  evaluate: (inputs, { axis }, [output]) => {
    const { shape, dtype } = output as TensorType
    const data = new Float64Array(sizeOf(shape))
    const block = sizeOf(shape.slice(axis as number))
    let start = 0
    for (const { data: from, shape: s } of inputs) {
      const width = sizeOf(s.slice(axis as number))
      for (let i = 0; i * width < from.length; i++)
        data.set(from.subarray(i * width, (i + 1) * width), i * block + start)
      start += width
    }
    return [{ shape, dtype, data }]
  },
  tangent: 'linear',
  transpose: (node, [cotangent], input) => {
    const axis = node.attributes.axis as number
    const extents = node.inputs.map((x) => x.shape[axis] as number)
    const start = extents.slice(0, input).reduce((sum, extent) => sum + extent, 0)
    return cotangent && slice(cotangent, axis, start, start + (extents[input] as number))
  },
})

/**
 * The elements from `starts[i]` to before `ends[i]` along `axes[i]`, in steps of `steps[i]`. A negative step walks
 * backwards; an end before the first element is `-extent - 1`, as ONNX counts.
 */
export const Slice = defineOp({
  type: 'Slice',
  operands: [
    { attribute: 'starts', input: 1 },
    { attribute: 'ends', input: 2 },
    { attribute: 'axes', input: 3 },
    { attribute: 'steps', input: 4 },
  ],
  infer: ([x], attributes) => {
    const { shape, dtype } = x as TensorType
    const { starts, ends, axes, steps } = attributes as Record<string, readonly number[]>
    const out = [...shape]
    axes?.forEach((axis, i) => {
      const [start, end, step] = [starts?.[i], ends?.[i], steps?.[i]] as [number, number, number]
      const extent = shape[axis] ?? -1
      const span = step < 0 ? start - end - extent : end - start
      const inside = step < 0 ? start < extent && end < 0 && end >= -extent - 1 : end <= extent
      if (!(start >= 0 && span > 0 && step !== 0 && inside))
        throw new EosError(
          'SHAPE',
          `Slice ${start}:${end}:${step} does not fit axis ${axis} of ${showType(x as TensorType)}.`,
        )
      out[axis] = Math.ceil(span / Math.abs(step))
    })
    return [{ shape: out, dtype }]
  },
  evaluate: ([x], attributes, [output]) => {
    const { starts, axes, steps } = attributes as Record<string, readonly number[]>
    const source = stridesOf((x as NdArray).shape)
    const { shape, dtype } = output as TensorType
    const base = (axes ?? []).reduce((sum, axis, i) => sum + (starts?.[i] as number) * (source[axis] as number), 0)
    const strides = source.map(
      (stride, axis) => stride * (axes?.includes(axis) ? (steps?.[axes.indexOf(axis)] as number) : 1),
    )
    const data = gather((x as NdArray).data, shape, strides, base)
    return [{ shape, dtype, data }]
  },
  tangent: 'linear',
  transpose: (node, [cotangent]) => {
    if (!cotangent) return undefined
    const { starts, axes, steps } = node.attributes as Record<string, readonly number[]>
    const shape = (node.inputs[0] as Tensor).shape
    const before = shape.map(() => 0)
    let spaced = cotangent
    axes?.forEach((axis, i) => {
      const [start, step] = [starts?.[i], steps?.[i]] as [number, number]
      const last = start + step * ((cotangent.shape[axis] as number) - 1)
      before[axis] = Math.min(start, last)
      spaced = insertZeros(step < 0 ? flip(spaced, [axis]) : spaced, axis, Math.abs(step))
    })
    const after = shape.map((extent, axis) => extent - (before[axis] as number) - (spaced.shape[axis] as number))
    return pad(spaced, before, after)
  },
})

/** Zeros around a tensor: `pads` holds the counts before each axis, then those after. */
export const Pad = defineOp({
  type: 'Pad',
  operands: [{ attribute: 'pads', input: 1 }],
  infer: ([x], { pads }) => {
    const { shape, dtype } = x as TensorType
    const counts = pads as readonly number[]
    if (counts.length !== 2 * shape.length || counts.some((count) => !(count >= 0)))
      throw new EosError('SHAPE', `Pads [${counts.join(', ')}] do not fit ${showType(x as TensorType)}.`)
    return [{ shape: shape.map((e, i) => e + (counts[i] as number) + (counts[i + shape.length] as number)), dtype }]
  },
  evaluate: ([x], { pads }, [output]) => {
    const { shape, dtype } = output as TensorType
    const { shape: from, data: values } = x as NdArray
    const [source, target] = [stridesOf(from), stridesOf(shape)]
    const data = new Float64Array(sizeOf(shape))
    values.forEach((value, i) => {
      let rest = i
      let offset = 0
      for (let axis = 0; axis < from.length; axis++) {
        const at = Math.floor(rest / (source[axis] as number))
        rest -= at * (source[axis] as number)
        offset += (at + ((pads as readonly number[])[axis] as number)) * (target[axis] as number)
      }
      data[offset] = value
    })
    return [{ shape, dtype, data }]
  },
  tangent: 'linear',
  transpose: (node, [cotangent]) => {
    if (!cotangent) return undefined
    const pads = node.attributes.pads as readonly number[]
    const { shape } = node.inputs[0] as Tensor
    return sliceAll(
      cotangent,
      pads.slice(0, shape.length),
      shape.map((extent, axis) => extent + (pads[axis] as number)),
    )
  },
})

export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x
  return x.node.operator === Reshape ? reshape(x.node.inputs[0] as Tensor, shape) : apply1(Reshape, [x], { shape })
}

export const expand = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply1(Expand, [x], { shape })

/** Joins tensors along an axis; a negative axis counts from the end. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors
  if (!first) throw new EosError('SHAPE', 'concat needs at least one tensor.')
  return tensors.length === 1 ? first : apply1(Concat, tensors, { axis: axis < 0 ? axis + first.shape.length : axis })
}

/** The elements from `start` to before `end` along one axis; with a negative step -1 is before the first element. */
export function slice(x: Tensor, axis: number, start: number, end: number, step = 1): Tensor {
  const extent = x.shape[axis] as number
  if (start === 0 && end === extent && step === 1) return x
  const ends = [step < 0 ? end - extent : end]
  return apply1(Slice, [x], { starts: [start], ends, axes: [axis], steps: [step] })
}

/** The elements along some axes in reverse order. */
export function flip(x: Tensor, axes: readonly number[]): Tensor {
  const long = axes.filter((axis) => x.shape[axis] !== 1)
  if (long.length === 0) return x
  const extents = long.map((axis) => x.shape[axis] as number)
  const attributes = { starts: extents.map((e) => e - 1), ends: extents.map((e) => -e - 1), axes: long }
  return apply1(Slice, [x], { ...attributes, steps: long.map(() => -1) })
}

/** Zeros before and after each axis. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  return [...before, ...after].every((count) => count === 0) ? x : apply1(Pad, [x], { pads: [...before, ...after] })
}

function sliceAll(x: Tensor, starts: readonly number[], ends: readonly number[]): Tensor {
  const axes = starts.map((_, axis) => axis)
  return apply1(Slice, [x], { starts, ends, axes, steps: axes.map(() => 1) })
}

/** `step - 1` zeros between neighbours along an axis. */
function insertZeros(x: Tensor, axis: number, step: number): Tensor {
  if (step === 1) return x
  const split = [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)]
  const zeros = split.map(() => 0)
  const padded = pad(
    reshape(x, split),
    zeros,
    zeros.map((_, i) => (i === axis + 1 ? step - 1 : 0)),
  )
  const joined = x.shape.map((extent, i) => (i === axis ? extent * step : extent))
  return slice(reshape(padded, joined), axis, 0, ((x.shape[axis] as number) - 1) * step + 1)
}
