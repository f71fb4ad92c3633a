import { counterRandom, type Dataset, EosError, permutation } from '@eos-sgd/core'
import { type Table, tableDataset, tableOf } from './table.ts'

/**
 * The samples of those indices, in that order; samples are shared, not copied. Throws `DATA_INDEX` for an index out of
 * range, `DATA_EMPTY` for none, `DATA_ACCESS` for a stream.
 */
export function subset(dataset: Dataset, indices: ArrayLike<number>, name = `part of ${dataset.name}`): Dataset {
  const table = tableOf(dataset)
  const size = table.indices?.length ?? table.count
  if (indices.length === 0)
    throw new EosError('DATA_EMPTY', `"${name}" has no samples.`, { hint: 'Give at least one index.' })
  const rows = Uint32Array.from(indices, (index) => {
    if (!(Number.isInteger(index) && index >= 0 && index < size))
      throw new EosError('DATA_INDEX', `Data set "${dataset.name}" of ${size} samples has no sample ${index}.`, {
        hint: `Indices go from 0 to ${size - 1}.`,
      })
    return table.indices ? (table.indices[index] as number) : index
  })
  return tableDataset(name, { ...table, indices: rows })
}

/** Options of {@link split}. */
export interface SplitOptions {
  /** How many samples to hold out, or, below 1, what share of them. */
  readonly validation: number
  /** 0 by default. The same seed gives the same split on every machine. */
  readonly seed?: number
  /** The field along whose values samples are held out in proportion; `label` where there is one, `null` for none. */
  readonly by?: string | null
}

/**
 * Holds samples out, stratified: shuffled, put in the order of their class, then every so many-th taken, so that each
 * class gets its share to within one sample and the number is exact. Both parts keep the stored order. Throws `SPLIT`.
 */
export function split(
  dataset: Dataset,
  { validation, seed = 0, by }: SplitOptions,
): { readonly train: Dataset; readonly validation: Dataset } {
  const table = tableOf(dataset)
  const size = table.indices?.length ?? table.count
  const held = validation < 1 ? Math.round(validation * size) : validation
  if (!(Number.isInteger(held) && held > 0 && held < size))
    throw new EosError('SPLIT', `Cannot hold out ${validation} of the ${size} samples of "${dataset.name}".`, {
      hint: 'Give a share below 1, or a number of samples that leaves some to train on.',
    })
  const shuffled = permutation(size, seed, 'split')
  const ordered = by === null ? shuffled : inClasses(dataset, table, shuffled, by)
  const offset = counterRandom(seed, 'split', 'offset').integer(size)
  const out = new Uint8Array(size)
  for (let k = 0; k < held; k++) out[ordered[(Math.floor((k * size) / held) + offset) % size] as number] = 1
  const part = (which: number, name: string): Dataset =>
    subset(
      dataset,
      Uint32Array.from(shuffled)
        .sort()
        .filter((index) => out[index] === which),
      `${dataset.name} ${name}`,
    )
  return { train: part(0, 'train'), validation: part(1, 'validation') }
}

function inClasses(
  dataset: Dataset,
  { columns, indices }: Table,
  shuffled: Uint32Array,
  by: string | undefined,
): Uint32Array {
  const column = columns[by ?? 'label']
  if (!column) {
    if (by === undefined) return shuffled
    throw new EosError('SPLIT', `Data set "${dataset.name}" has no field "${by}" to split by.`, {
      hint: `It has ${Object.keys(columns).join(', ')}.`,
    })
  }
  const label = (index: number): number => column.value(indices ? (indices[index] as number) : index)
  // Sorting is stable, so the shuffle decides inside a class.
  return Uint32Array.from(shuffled).sort((a, b) => label(a) - label(b))
}
