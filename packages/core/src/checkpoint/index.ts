export type { Checkpoint, CheckpointStore, StoredTensor } from './checkpoint.ts'
export { decodeSafetensors, type Safetensors } from './decode.ts'
export { encodeSafetensors, type SafetensorsMetadata } from './encode.ts'
export { memoryStore } from './memory-store.ts'
