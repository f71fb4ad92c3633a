import { apply1 } from '../apply.ts'
import type { NdArray } from '../array.ts'
import { EosError } from '../error.ts'
import { defineOp } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { type Shape, sameShape, showType, sizeOf, type TensorType } from '../type.ts'
import { broadcastLike } from './broadcast.ts'
import { cast } from './comparison.ts'
import { constant } from './leaf.ts'
import { transpose } from './linear-algebra.ts'
import { reshape, slice } from './shape.ts'

const checkIndices = (indices: TensorType): void => {
  if (indices.dtype !== 'int64' && indices.dtype !== 'int32')
    throw new EosError('DTYPE', `Indices must be integers, got ${showType(indices)}.`, { hint: 'Cast them.' })
}

/** The row that an index means; negative ones count from the end. Throws `INDEX` beyond either end. */
function rowOf(index: number, rows: number): number {
  const row = index < 0 ? index + rows : index
  if (!(row >= 0 && row < rows)) throw new EosError('INDEX', `Index ${index} is not among ${rows} rows.`)
  return row
}

/** Rows of a table by number: `[rows, ...rest]` and indices `[...n]` give `[...n, ...rest]`. Linear in the table. */
export const Gather = defineOp({
  type: 'Gather',
  attributes: { axis: 'int' },
  infer: ([table, indices], { axis }) => {
    const [from, at] = [table, indices] as [TensorType, TensorType]
    checkIndices(at)
    if (axis !== 0 || from.shape.length === 0)
      throw new EosError('SHAPE', `Cannot take rows of ${showType(from)} along axis ${String(axis)}.`, {
        hint: '`gather` moves another axis to the front.',
      })
    return [{ shape: [...at.shape, ...from.shape.slice(1)], dtype: from.dtype }]
  },
  evaluate: ([table, indices], _, [output]) => {
    const [from, at, { shape, dtype }] = [table, indices, output] as [NdArray, NdArray, TensorType]
    const width = sizeOf(from.shape.slice(1))
    const data = new Float64Array(sizeOf(shape))
    at.data.forEach((index, i) => {
      const row = rowOf(index, from.shape[0] as number)
      data.set(from.data.subarray(row * width, (row + 1) * width), i * width)
    })
    return [{ shape, dtype, data }]
  },
  tangent: 'linear',
  transpose: (node, [cotangent], input) => {
    if (!cotangent || input !== 0) return undefined
    const [table, indices] = node.inputs as [Tensor, Tensor]
    const zeros = broadcastLike(constant(0, [], table.dtype), table)
    return addRows(zeros, indices, cotangent)
  },
})

/**
 * Adds rows onto a table, the adjoint of {@link Gather}: data `[rows, ...rest]`, int64 indices `[...n, 1]`, updates
 * `[...n, ...rest]`; an index that repeats adds each time. Linear in data and updates together.
 */
export const ScatterND = defineOp({
  type: 'ScatterND',
  attributes: { reduction: 'string' },
  infer: ([data, indices, updates], { reduction }) => {
    const [onto, at, rows] = [data, indices, updates] as [TensorType, TensorType, TensorType]
    const shape: Shape = [...at.shape.slice(0, -1), ...onto.shape.slice(1)]
    if (at.dtype !== 'int64' || rows.dtype !== onto.dtype)
      throw new EosError('DTYPE', `Cannot add ${showType(rows)} at ${showType(at)} onto ${showType(onto)}.`)
    if (reduction !== 'add' || onto.shape.length === 0 || at.shape.at(-1) !== 1 || !sameShape(rows.shape, shape))
      throw new EosError('SHAPE', `Cannot add ${showType(rows)} at ${showType(at)} onto ${showType(onto)}.`)
    return [onto]
  },
  evaluate: ([data, indices, updates], _, [output]) => {
    const [onto, at, rows] = [data, indices, updates] as [NdArray, NdArray, NdArray]
    const width = sizeOf(onto.shape.slice(1))
    const sum = onto.data.slice()
    at.data.forEach((index, i) => {
      const start = rowOf(index, onto.shape[0] as number) * width
      for (let j = 0; j < width; j++) sum[start + j] = (sum[start + j] as number) + (rows.data[i * width + j] as number)
    })
    return [{ ...(output as TensorType), data: sum }]
  },
  tangent: 'linear',
  transpose: (node, [cotangent], input) => {
    if (!cotangent || input === 0) return cotangent
    const indices = node.inputs[1] as Tensor
    return input === 2 ? gather(cotangent, reshape(indices, indices.shape.slice(0, -1))) : undefined
  },
})

/**
 * The slices of `x` along an axis that integer indices `[...n]` name: that axis is replaced by `...n`. An embedding
 * is `gather(table, tokens)`. Negative indices count from the end; running one beyond either end is an error.
 */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  const at = axis < 0 ? axis + x.shape.length : axis
  if (at === 0) return apply1(Gather, [x, indices], { axis: 0 })
  const others = x.shape.flatMap((_, i) => (i === at ? [] : [i]))
  const rows = gather(transpose(x, [at, ...others]), indices)
  // Back from [...n, ...before, ...after] to [...before, ...n, ...after].
  const [n, rank] = [indices.shape.length, x.shape.length]
  const front = Array.from({ length: n }, (_, i) => i)
  const rest = Array.from({ length: rank - 1 }, (_, i) => n + i)
  return transpose(rows, [...rest.slice(0, at), ...front, ...rest.slice(at)])
}

/** One slice along an axis by a known index, without that axis: a Slice and a Reshape. */
export function take(x: Tensor, index: number, axis = 0): Tensor {
  const at = axis < 0 ? axis + x.shape.length : axis
  const row = rowOf(index, x.shape[at] as number)
  return reshape(
    slice(x, at, row, row + 1),
    x.shape.filter((_, i) => i !== at),
  )
}

/** The table with rows added at integer indices `[...n]`; updates are `[...n, ...rest]`. Adjoint of {@link gather}. */
export const addRows = (table: Tensor, indices: Tensor, updates: Tensor): Tensor =>
  apply1(ScatterND, [table, reshape(cast(indices, 'int64'), [...indices.shape, 1]), updates], { reduction: 'add' })
