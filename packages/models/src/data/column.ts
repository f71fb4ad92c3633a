import { EosError, type Field, type HostArray } from '@eos-sgd/core'
import { type DType, type Shape, sizeOf } from '@eos-sgd/graph'
import { checkColumn } from './check.ts'
import { copierOf, type RowCopier } from './copy-rows.ts'

/** One number per sample, or nested lists of numbers, one per sample. */
export type NestedNumbers = readonly (number | NestedNumbers)[]

/** What a field's samples may be given as: typed arrays (flat, samples first) are referenced, lists are copied once. */
export type FieldValues = HostArray | NestedNumbers

/** Options of one field. */
export interface ColumnOptions {
  readonly shape?: Shape | undefined
  /** Marks a class label: whole numbers from 0 to classes - 1, read as int64. `'infer'`: the largest label plus one. */
  readonly classes?: number | 'infer' | undefined
  /** Value of a byte, for fields of bytes. */
  readonly byte?: ((byte: number) => number) | undefined
}

/** A field with the samples that it has, checked. */
export interface Column {
  readonly field: Field
  readonly count: number
  readonly copy: RowCopier
  /** The sample's first number; a label, where the field is one. */
  value(row: number): number
}

/** A list or typed array as flat values, with what its nesting says about sample count and shape. */
export interface RawColumn {
  readonly name: string
  readonly source: HostArray
  readonly nested?: { readonly count: number; readonly shape: Shape }
}

export const rawColumn = (name: string, values: FieldValues): RawColumn =>
  ArrayBuffer.isView(values) ? { name, source: known(name, values as HostArray) } : { name, ...flatten(name, values) }

/** Checks the values of a field of `count` samples, once. Cost: one pass over them. */
export function makeColumn({ name, source, nested }: RawColumn, count: number, options: ColumnOptions): Column {
  const shape = options.shape ?? nested?.shape ?? shapeFrom(name, source.length, count)
  const width = sizeOf(shape)
  if (source.length !== count * width)
    throw new EosError(
      'DATA_SIZE',
      `"${name}" holds ${source.length} numbers, which is not ${count} samples of shape [${shape.join(', ')}] (${count * width}).`,
      {
        hint: 'Every field needs the same number of samples.',
      },
    )
  const label = options.classes !== undefined
  const largest = checkColumn({ name, source, width, labels: label, classes: options.classes })
  const field: Field = label
    ? { shape, dtype: 'int64', classes: options.classes === 'infer' ? largest + 1 : (options.classes as number) }
    : { shape, dtype: dtypeOf(source) }
  // Lists were made float64; as floats of a batch they need half of that.
  const kept = nested && !label ? Float32Array.from(source as Float64Array) : source
  return { field, count, copy: copierOf(kept, width, options.byte), value: (row) => Number(source[row * width]) }
}

const dtypeOf = (source: HostArray): DType =>
  source instanceof BigInt64Array ? 'int64' : source instanceof Int32Array ? 'int32' : 'float32'

function shapeFrom(name: string, length: number, count: number): Shape {
  if (length === count) return []
  if (length % count !== 0)
    throw new EosError('DATA_SIZE', `"${name}" holds ${length} numbers, which ${count} samples do not share evenly.`, {
      hint: 'Every field needs the same number of samples; give shapes if the number was counted wrongly.',
    })
  return [length / count]
}

function known(name: string, values: ArrayBufferView): HostArray {
  const kinds = [Float32Array, Float64Array, Uint8Array, Int32Array, BigInt64Array]
  const found = kinds.some((kind) => values instanceof kind)
  if (!found)
    throw new EosError('DATA_TYPE', `"${name}" is a ${values.constructor.name}.`, {
      hint: `Give ${kinds.map((kind) => kind.name).join(', ')}, or lists of numbers.`,
    })
  return values as HostArray
}

/** Nested lists as one flat array; the first sample gives the shape of all. */
function flatten(
  name: string,
  values: NestedNumbers,
): { source: Float64Array; nested: { count: number; shape: Shape } } {
  if (!Array.isArray(values))
    throw new EosError('DATA_TYPE', `"${name}" is neither a typed array nor a list.`, {
      hint: 'Give one value or list per sample.',
    })
  const shape: number[] = []
  for (let level: unknown = values[0]; Array.isArray(level); level = level[0]) shape.push(level.length)
  const width = sizeOf(shape)
  const source = new Float64Array(values.length * width)
  let at = 0
  const visit = (value: unknown, depth: number, sample: number): void => {
    if (depth === shape.length) {
      if (typeof value !== 'number')
        throw new EosError(
          'DATA_SHAPE',
          `Sample ${sample} of "${name}" holds ${Array.isArray(value) ? 'a list' : typeof value} where a number belongs.`,
          {
            hint: `Every sample must have the shape of the first, [${shape.join(', ')}].`,
          },
        )
      source[at++] = value
      return
    }
    if (!Array.isArray(value) || value.length !== shape[depth])
      throw new EosError(
        'DATA_SHAPE',
        `Sample ${sample} of "${name}" has ${Array.isArray(value) ? `${value.length} entries` : typeof value} where the first has ${shape[depth]}.`,
        {
          hint: `Every sample must have the shape of the first, [${shape.join(', ')}].`,
        },
      )
    for (const entry of value) visit(entry, depth + 1, sample)
  }
  values.forEach((value, sample) => {
    visit(value, 0, sample)
  })
  return { source, nested: { count: values.length, shape } }
}
