import type { Dataset } from '@eos-sgd/core'
import { type ArrayOptions, type ArraySource, arrays } from './arrays.ts'

/** A data set as it is; arrays by field as {@link arrays} makes them one. */
export const toDataset = (source: Dataset | ArraySource, options?: ArrayOptions): Dataset =>
  isDataset(source) ? source : arrays(source, options)

const isDataset = (source: Dataset | ArraySource): source is Dataset => typeof source['read'] === 'function'
