import { type BatchReader, type Dataset, EosError, type HostArray, type Order, permutation } from '@eos-sgd/core'
import { sizeOf } from '@eos-sgd/graph'
import type { Column } from './column.ts'
import { copierOf } from './copy-rows.ts'

const rowsOf = Symbol.for('@eos-sgd/models/table')

/** Samples in memory, of which `indices` are in the data set; all of them where it is absent. */
export interface Table {
  readonly columns: Readonly<Record<string, Column>>
  readonly count: number
  readonly indices?: Uint32Array
}

/**
 * A data set over samples in memory. Shuffled by the permutation named (seed, 'order', epoch), without replacement.
 * Batches are gathered straight into the arrays of the backend; memory of 4 bytes per sample is taken once per epoch.
 */
export function tableDataset(name: string, table: Table): Dataset {
  const { columns, count, indices } = table
  const size = indices?.length ?? count
  const fields = Object.fromEntries(Object.entries(columns).map(([key, { field }]) => [key, field]))
  const read = ({ batch, seed, epoch, position }: Order): BatchReader => {
    const order = seed === null ? undefined : permutation(size, seed, 'order', epoch)
    let at = Math.min(position * batch, size)
    return {
      next(out) {
        const taken = Math.min(batch, size - at)
        for (const [key, { copy }] of Object.entries(columns)) {
          const target = out[key]
          if (target) gather(target, copy, at, taken, order, indices)
        }
        at += taken
        return taken
      },
    }
  }
  return Object.assign({ name, fields, size, read }, { [rowsOf]: table })
}

function gather(
  out: HostArray,
  copy: Column['copy'],
  at: number,
  taken: number,
  order: Uint32Array | undefined,
  indices: Uint32Array | undefined,
): void {
  if (!order && !indices) {
    if (taken > 0) copy(out, 0, at, taken)
    return
  }
  for (let i = 0; i < taken; i++) {
    const place = order ? (order[at + i] as number) : at + i
    copy(out, i, indices ? (indices[place] as number) : place, 1)
  }
}

/**
 * The same samples with their numbers as batches need them: bytes as floats, rows in the order of the data set. Costs
 * memory once (4 bytes a number) for faster batches; see {@link copierOf}.
 */
export function decoded(dataset: Dataset): Dataset {
  const { columns, count, indices } = tableOf(dataset)
  const size = indices?.length ?? count
  const made = Object.entries(columns).map(([key, { field, copy }]) => {
    const width = sizeOf(field.shape)
    const values =
      field.dtype === 'int64'
        ? new BigInt64Array(size * width)
        : field.dtype === 'int32'
          ? new Int32Array(size * width)
          : new Float32Array(size * width)
    gather(values, copy, 0, size, undefined, indices)
    return [
      key,
      { field, count: size, copy: copierOf(values, width), value: (row: number) => Number(values[row * width]) },
    ] as const
  })
  return tableDataset(dataset.name, { columns: Object.fromEntries(made), count: size })
}

/** The samples of a data set in memory. Throws `DATA_ACCESS` for one that can only be walked through. */
export function tableOf(dataset: Dataset): Table {
  const table = (dataset as { readonly [rowsOf]?: Table })[rowsOf]
  if (!table)
    throw new EosError('DATA_ACCESS', `Data set "${dataset.name}" can only be walked through, not picked from.`, {
      hint: 'Make it with arrays(), or divide its source.',
    })
  return table
}
