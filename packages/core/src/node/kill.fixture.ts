import { fileStore } from './file-store.ts'

// Started by the kill test: writes checkpoints as fast as it can and names each one that is done.
const store = fileStore(process.argv[2] as string)
const elements = 1 << 20
for (let step = Number(process.argv[3]); ; step++) {
  const data = new Float32Array(elements).fill(step)
  await store.write({ manifest: { step }, tensors: { data: { type: { shape: [elements], dtype: 'float32' }, data } } })
  process.stdout.write(`${step}\n`)
}
