import type { Dataset } from '@eos-sgd/core'
import { type SplitOptions, split } from './subset.ts'

/** What a workload trains on, chooses by, and reports once at the end. */
export interface DataSplits {
  readonly train: Dataset
  readonly validation: Dataset
  readonly test: Dataset
}

/** Two stratified splits, by `by` where it is given: `test` samples first, then `validation` of the rest. */
export function holdOut(
  data: Dataset,
  { test: last, ...options }: SplitOptions & { readonly test: number },
): DataSplits {
  const { train: rest, validation: test } = split(data, { ...options, validation: last })
  const { train, validation } = split(rest, options)
  const named = (part: Dataset, name: string): Dataset => ({ ...part, name: `${data.name} ${name}` })
  return { train: named(train, 'train'), validation: named(validation, 'validation'), test: named(test, 'test') }
}
