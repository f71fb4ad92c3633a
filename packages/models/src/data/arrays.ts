import { type Dataset, EosError } from '@eos-sgd/core'
import { type Shape, sizeOf } from '@eos-sgd/graph'
import { type FieldValues, makeColumn, type RawColumn, rawColumn } from './column.ts'
import { tableDataset } from './table.ts'

/** Samples of the user's own, by field. */
export type ArraySource = Readonly<Record<string, FieldValues>>

/** Options of {@link arrays}. */
export interface ArrayOptions {
  /** Shows in events and errors; `arrays` by default. */
  readonly name?: string
  /** Shapes of a sample, where a flat array's length does not tell: `{ x: [28, 28] }`. */
  readonly shapes?: Readonly<Record<string, Shape>>
  /** Number of classes of the field `label`, or of several fields by name. The largest label plus one by default. */
  readonly classes?: number | Readonly<Record<string, number>>
  /** What a byte of a field of bytes stands for: `{ x: (byte) => byte / 255 }`. Tabulated; the bytes stay bytes. */
  readonly bytes?: Readonly<Record<string, (byte: number) => number>>
}

/**
 * A data set of arrays in memory.
 *
 * Typed arrays are flat, samples first, and referenced, not copied: do not change them while training. Lists (of
 * numbers, of lists ...) are copied once. The field `label`, and every field with `classes`, is a class label (int64);
 * `BigInt64Array` stays int64 and `Int32Array` int32; everything else is read as float32. The sample count comes from lists, from
 * `shapes`, from labels, or else from the shortest flat array.
 *
 * Everything is checked once, here (about 1 ms per million numbers), with errors that name field and sample:
 * `DATA_EMPTY`, `DATA_TYPE`, `DATA_SHAPE`, `DATA_SIZE` (counts differ), `DATA_VALUE` (not finite), `DATA_LABEL`.
 *
 * @example
 * const data = arrays({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], label: [0, 1, 1, 0] })
 */
export function arrays(source: ArraySource, options: ArrayOptions = {}): Dataset {
  const { name = 'arrays', shapes = {}, classes = {}, bytes = {} } = options
  const raw = Object.entries(source).map(([field, values]) => rawColumn(field, values))
  if (raw.length === 0)
    throw new EosError('DATA_EMPTY', `Data set "${name}" has no fields.`, { hint: 'Give { x, label }.' })
  const classesOf = (field: string): number | 'infer' | undefined => {
    const given = typeof classes === 'number' ? (field === 'label' ? classes : undefined) : classes[field]
    return given ?? (field === 'label' ? 'infer' : undefined)
  }
  refuseUnknown(name, raw, { shapes, bytes, classes: typeof classes === 'number' ? { label: classes } : classes })
  const count = countSamples(raw, shapes, (field) => classesOf(field) !== undefined)
  if (count === 0)
    throw new EosError('DATA_EMPTY', `Data set "${name}" has no samples.`, {
      hint: 'Check where its arrays come from.',
    })
  const columns = raw.map((column) => {
    const { name: field } = column
    return [
      field,
      makeColumn(column, count, { shape: shapes[field], classes: classesOf(field), byte: bytes[field] }),
    ] as const
  })
  return tableDataset(name, { columns: Object.fromEntries(columns), count })
}

/** The field that tells the count is named in the error of one that disagrees. */
function countSamples(
  raw: readonly RawColumn[],
  shapes: Readonly<Record<string, Shape>>,
  isLabel: (field: string) => boolean,
): number {
  const counts = raw.flatMap(({ name, source, nested }): { readonly name: string; readonly count: number }[] => {
    const shape = shapes[name]
    if (shape) return [{ name, count: source.length / sizeOf(shape) }]
    if (nested) return [{ name, count: nested.count }]
    return isLabel(name) ? [{ name, count: source.length }] : []
  })
  const [first] = counts
  if (!first) return Math.min(...raw.map(({ source }) => source.length))
  for (const { name, count } of counts) {
    if (!Number.isInteger(count))
      throw new EosError(
        'DATA_SIZE',
        `The numbers of "${name}" are not whole samples of shape [${shapes[name]?.join(', ')}]: ${count} of them.`,
        {
          hint: 'Correct its shape, or give whole samples.',
        },
      )
    if (count !== first.count)
      throw new EosError('DATA_SIZE', `"${first.name}" has ${first.count} samples, "${name}" ${count}.`, {
        hint: 'Every field needs the same number of samples.',
      })
  }
  return first.count
}

function refuseUnknown(
  name: string,
  raw: readonly RawColumn[],
  options: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): void {
  for (const [option, values] of Object.entries(options)) {
    const odd = Object.keys(values).find((field) => !raw.some((column) => column.name === field))
    if (odd !== undefined)
      throw new EosError(
        'DATA_FIELD',
        `Option ${option} names a field "${odd}" that data set "${name}" does not have.`,
        {
          hint: `It has ${raw.map((column) => column.name).join(', ')}.`,
        },
      )
  }
}
