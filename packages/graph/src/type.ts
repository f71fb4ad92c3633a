/** Element types that graphs may hold. Computation is float32 on devices and float64 in the reference interpreter. */
export type DType = 'float32' | 'float64' | 'int64' | 'int32' | 'bool'

/** A static shape, outermost axis first; `[]` is a scalar. */
export type Shape = readonly number[]

/** Shape and element type of a tensor. */
export interface TensorType {
  readonly shape: Shape
  readonly dtype: DType
}

/** True for element types that can carry a derivative. */
export const isFloat = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64'

/** Number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1)

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, axis) => extent === b[axis])

export const sameType = (a: TensorType, b: TensorType): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape)

/** `float32[128, 10]`, as error messages print it. */
export const showType = (type: TensorType): string => `${type.dtype}[${type.shape.join(', ')}]`
