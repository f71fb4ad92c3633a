/**
 * What needs a file system: checkpoints in a folder, weights in a file.
 * @module
 */
export { fileStore } from './node/file-store.ts'
export { loadWeights, saveWeights, type Weights } from './node/weights.ts'
export { type FileContent, writeFileAtomically } from './node/write-file.ts'
