/**
 * Data sets on disk, fetching, and the workloads of the bench: what needs Node.
 * @module
 */
export { type FetchableDataset, type FetchedFile, fetchableDatasets } from './node/catalogue.ts'
export { dataFolder } from './node/data-folder.ts'
export { type FashionMnistOptions, fashionMnist } from './node/fashion-mnist.ts'
export { type FetchedDataset, type FetchOptions, fetchDataset } from './node/fetch-dataset.ts'
export { readIdx } from './node/read-idx.ts'
export type { CommandResult, RunCommand } from './node/run-command.ts'
export type { DatasetRecord } from './node/store.ts'
export { fashionMnistMlp } from './workloads/fashion-mnist-mlp.ts'
export { fashionMnistResnet8 } from './workloads/fashion-mnist-resnet8.ts'
export { findWorkload, workloads } from './workloads/workloads.ts'
