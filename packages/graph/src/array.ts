import { EosError } from './error.ts'
import { type DType, isFloat, type Shape, sizeOf, type TensorType } from './type.ts'

/**
 * A value on the host: what constants hold and what the reference interpreter computes with.
 * Every element type is kept in float64, which is exact for float32, for bool (0 or 1) and for integers below 2^53.
 */
export interface NdArray extends TensorType {
  readonly data: Float64Array
}

/**
 * An array of the given shape; a single number fills it. Throws `ARRAY_SIZE` when data and shape disagree, and
 * `ARRAY_VALUE` for a value that the element type does not have: a fraction among integers, a bool that is not 0 or 1.
 */
export function ndarray(values: ArrayLike<number> | number, shape: Shape, dtype: DType = 'float32'): NdArray {
  const size = sizeOf(shape)
  const single = typeof values === 'number'
  if (!single && values.length !== size)
    throw new EosError(
      'ARRAY_SIZE',
      `Shape [${shape.join(', ')}] has ${size} elements, but ${values.length} were given.`,
    )
  const data = single ? new Float64Array(size).fill(values) : Float64Array.from(values)
  const odd = isFloat(dtype) ? undefined : data.find((value) => !isElement(value, dtype))
  if (odd !== undefined)
    throw new EosError('ARRAY_VALUE', `${odd} is not a value of ${dtype}.`, {
      hint: 'Round it, or choose a float type.',
    })
  return { shape, dtype, data }
}

const isElement = (value: number, dtype: DType): boolean =>
  dtype === 'bool' ? value === 0 || value === 1 : Number.isInteger(value)

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis] as number
  }
  return strides
}

/** Reads a strided view in row-major order: element `i` of `shape` lies at `base + sum index * stride`. */
export function gather(data: Float64Array, shape: Shape, strides: readonly number[], base = 0): Float64Array {
  const out = new Float64Array(sizeOf(shape))
  const rank = shape.length
  const index = new Array<number>(rank).fill(0)
  let offset = base
  for (let i = 0; i < out.length; i++) {
    out[i] = data[offset] as number
    // Counts like an odometer, last axis fastest.
    for (let axis = rank - 1; axis >= 0; axis--) {
      const at = (index[axis] as number) + 1
      offset += strides[axis] as number
      index[axis] = at
      if (at < (shape[axis] as number)) break
      offset -= at * (strides[axis] as number)
      index[axis] = 0
    }
  }
  return out
}
