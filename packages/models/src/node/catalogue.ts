import { EosError } from '@eos-sgd/core'

/** One file of a data set, as it lies unpacked. */
export interface FetchedFile {
  readonly name: string
  readonly bytes: number
  /** Of the unpacked bytes, so that it holds for any packing. */
  readonly sha256: string
}

/** What is known about a data set that can be fetched. */
export interface FetchableDataset {
  readonly name: string
  readonly licence: string
  readonly files: readonly FetchedFile[]
  /** Samples per part, for the record. */
  readonly counts: Readonly<Record<string, number>>
  /** Debian's package and the folder in it; files are gzipped. */
  readonly debian: { readonly package: string; readonly folder: string }
  /** Folder on the web; files are gzipped. */
  readonly url: string
}

const fashionMnist: FetchableDataset = {
  name: 'fashion-mnist',
  licence: 'MIT (Expat), Zalando SE 2017',
  files: [
    {
      name: 'train-images-idx3-ubyte',
      bytes: 47_040_016,
      sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    },
    {
      name: 'train-labels-idx1-ubyte',
      bytes: 60_008,
      sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    },
    {
      name: 't10k-images-idx3-ubyte',
      bytes: 7_840_016,
      sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    },
    {
      name: 't10k-labels-idx1-ubyte',
      bytes: 10_008,
      sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
    },
  ],
  counts: { train: 60_000, test: 10_000 },
  debian: { package: 'dataset-fashion-mnist', folder: 'usr/share/datasets/fashion-mnist' },
  url: 'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
}

/** Data sets that can be fetched, by name. */
export const fetchableDatasets: Readonly<Record<string, FetchableDataset>> = { 'fashion-mnist': fashionMnist }

/** Throws `DATASET_UNKNOWN`. */
export function fetchable(name: string): FetchableDataset {
  const found = Object.hasOwn(fetchableDatasets, name) ? fetchableDatasets[name] : undefined
  if (!found)
    throw new EosError('DATASET_UNKNOWN', `There is no data set "${name}" to fetch.`, {
      hint: `There are: ${Object.keys(fetchableDatasets).join(', ')}.`,
    })
  return found
}
