import { apply1 } from '../apply.ts'
import type { NdArray } from '../array.ts'
import { EosError } from '../error.ts'
import { defineOp } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, type Shape, sameShape, showType, sizeOf, type TensorType } from '../type.ts'
import { add } from './arithmetic.ts'
import { broadcastLike } from './broadcast.ts'
import { cast, equal, less } from './comparison.ts'
import { constant } from './leaf.ts'
import { matmul, transpose } from './linear-algebra.ts'
import { where } from './selection.ts'
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

/**
 * Rows of a table by number: `[rows, ...rest]` and indices `[...n]` give `[...n, ...rest]`. Linear in the table; its
 * transpose is {@link addRows}.
 */
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

/**
 * The table with rows added at integer indices `[...n]`; updates are `[...n, ...rest]`, and an index that repeats adds
 * each time. Adjoint of {@link gather}. Negative indices count from the end; one beyond either end adds nothing.
 *
 * A product with one-hot rows, `2 rows n rest` flops: ONNX's ScatterND loses additions to a row that repeats where
 * ONNX Runtime runs it on several threads.
 */
export function addRows(table: Tensor, indices: Tensor, updates: Tensor): Tensor {
  checkIndices(indices)
  const shape = [...indices.shape, ...table.shape.slice(1)]
  if (table.shape.length === 0 || updates.dtype !== table.dtype || !sameShape(updates.shape, shape))
    throw new EosError('SHAPE', `Cannot add ${showType(updates)} at ${showType(indices)} onto ${showType(table)}.`, {
      hint: 'Each index needs an update of the shape of a row.',
    })
  const [rows, count] = [table.shape[0] as number, sizeOf(indices.shape)]
  const wrapped = where(less(indices, 0), add(indices, rows), indices)
  const hot = cast(equal(upTo(rows, [rows, 1], indices.dtype), reshape(wrapped, [1, count])), table.dtype)
  return add(table, reshape(matmul(hot, reshape(updates, [count, sizeOf(table.shape.slice(1))])), table.shape))
}

/**
 * Integer labels `[...]` as float32 indicators `[..., classes]`. A label outside `0 .. classes - 1` gives zeros.
 * Carries no derivative.
 */
export const oneHot = (labels: Tensor, classes: number): Tensor =>
  cast(equal(reshape(labels, [...labels.shape, 1]), upTo(classes, [classes], labels.dtype)), 'float32')

/** `0 .. count - 1` in a shape. */
const upTo = (count: number, shape: Shape, dtype: DType): Tensor =>
  constant(
    Array.from({ length: count }, (_, i) => i),
    shape,
    dtype,
  )
