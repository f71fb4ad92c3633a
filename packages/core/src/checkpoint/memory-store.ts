import type { Checkpoint, CheckpointStore, StoredTensor } from './checkpoint.ts'
import { stringifyJson } from './json.ts'

/** A store that forgets when the process ends, for tests and browsers. Copies on both sides, as a file would. */
export function memoryStore(): CheckpointStore {
  let text: string | undefined
  let tensors: Checkpoint['tensors'] = {}
  return {
    async read() {
      return text === undefined ? undefined : { manifest: JSON.parse(text), tensors: copied(tensors) }
    },
    async write(checkpoint) {
      const [nextText, nextTensors] = [stringifyJson(checkpoint.manifest), copied(checkpoint.tensors)]
      text = nextText
      tensors = nextTensors
    },
  }
}

const copied = (tensors: Checkpoint['tensors']): Record<string, StoredTensor> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { type, data }]) => [
      name,
      { type: { shape: [...type.shape], dtype: type.dtype }, data: data.slice() },
    ]),
  )
