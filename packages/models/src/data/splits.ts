import type { Dataset } from '@eos-sgd/core'
import { split } from './subset.ts'

/** What a workload trains on, chooses by, and reports once at the end. */
export interface DataSplits {
  readonly train: Dataset
  readonly validation: Dataset
  readonly test: Dataset
}

/** Two stratified splits: `test` samples first, then `validation` of the rest. */
export function holdOut(
  data: Dataset,
  counts: { readonly validation: number; readonly test: number; readonly seed: number },
): DataSplits {
  const { train: rest, validation: test } = split(data, { validation: counts.test, seed: counts.seed })
  const { train, validation } = split(rest, { validation: counts.validation, seed: counts.seed })
  const named = (part: Dataset, name: string): Dataset => ({ ...part, name: `${data.name} ${name}` })
  return { train: named(train, 'train'), validation: named(validation, 'validation'), test: named(test, 'test') }
}
