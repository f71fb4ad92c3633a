import { gather, type NdArray, stridesOf } from '../array.ts'
import { EosError } from '../error.ts'
import { type DType, isFloat, type Shape, sameShape, showType, sizeOf, type TensorType } from '../type.ts'

/** The common shape under multidirectional broadcasting; throws `SHAPE` when there is none. */
export function broadcastShape(...shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, axis) => {
    let extent = 1
    for (const shape of shapes) {
      const here = shape[axis - rank + shape.length] ?? 1
      if (here === extent || here === 1) continue
      if (extent !== 1)
        throw new EosError(
          'SHAPE',
          `Shapes ${shapes.map((s) => `[${s.join(', ')}]`).join(' and ')} do not broadcast.`,
          {
            hint: 'Each pair of trailing extents must be equal, or one of them 1.',
          },
        )
      extent = here
    }
    return extent
  })
}

/** `infer` of an elementwise operator with one element type; `result` overrides the output's. */
export const inferElementwise =
  (result?: DType) =>
  (inputs: readonly TensorType[]): readonly TensorType[] => {
    const [first] = inputs as readonly [TensorType]
    const odd = inputs.find((input) => input.dtype !== first.dtype)
    if (odd)
      throw new EosError('DTYPE', `Element types ${showType(first)} and ${showType(odd)} differ.`, {
        hint: 'Cast one.',
      })
    return [{ shape: broadcastShape(...inputs.map((input) => input.shape)), dtype: result ?? first.dtype }]
  }

/** `infer` of an operator that is defined on floats only, elementwise. */
export const inferFloat = (inputs: readonly TensorType[]): readonly TensorType[] => {
  const odd = inputs.find((input) => !isFloat(input.dtype))
  if (odd) throw new EosError('DTYPE', `Needs a float tensor, got ${showType(odd)}.`, { hint: 'Cast it.' })
  return inferElementwise()(inputs)
}

/** `evaluate` of an elementwise operator of one to three inputs with broadcasting. */
export const evaluateElementwise =
  (f: (...values: number[]) => number) =>
  (inputs: readonly NdArray[], _: unknown, outputs: readonly TensorType[]): readonly NdArray[] => {
    const { shape, dtype } = outputs[0] as TensorType
    const [a, b, c] = inputs.map((input) => broadcastTo(input, shape)) as [Float64Array, Float64Array?, Float64Array?]
    const data = new Float64Array(sizeOf(shape))
    // A loop per number of inputs: spreading arguments would cost an array per element.
    if (c && b) for (let i = 0; i < data.length; i++) data[i] = f(a[i] as number, b[i] as number, c[i] as number)
    else if (b) for (let i = 0; i < data.length; i++) data[i] = f(a[i] as number, b[i] as number)
    else for (let i = 0; i < data.length; i++) data[i] = f(a[i] as number)
    return [{ shape, dtype, data }]
  }

/** The elements of an array repeated to a shape it broadcasts to. */
export function broadcastTo(array: NdArray, shape: Shape): Float64Array {
  if (sameShape(array.shape, shape)) return array.data
  if (array.data.length === 1) return new Float64Array(sizeOf(shape)).fill(array.data[0] as number)
  const source = stridesOf(array.shape)
  const lead = shape.length - array.shape.length
  const strides = shape.map((_, axis) =>
    axis < lead || array.shape[axis - lead] === 1 ? 0 : (source[axis - lead] as number),
  )
  return gather(array.data, shape, strides)
}
