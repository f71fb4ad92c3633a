import { mobyDick } from '../moby-dick.ts'
import { languageModel } from '../tasks.ts'
import { transformer } from '../transformer.ts'
import type { Workload } from '../workload.ts'

const [vocabulary, context] = [85, 64]

/** `text/gpt-tiny`: a causal Transformer of 2 layers of width 64 on the bytes of a novel, batch 16, 1,000 steps. */
export const textGptTiny: Workload = {
  name: 'text/gpt-tiny',
  description:
    'Moby-Dick, the 85 bytes that occur (windows of 64 that start at every eighth byte of the first 90 % to train on; 128 evenly spaced windows of the next 5 % for validation, 128 of the last 5 % for test); a causal Transformer, 2 layers of width 64, 4 heads, norms first, embeddings N(0, .1^2), untied output, PyTorch default initialisation, cross-entropy per byte.',
  task: languageModel({
    name: 'text/gpt-tiny',
    model: transformer({ vocabulary, context, width: 64, layers: 2, heads: 4 }),
    vocabulary,
    context,
  }),
  load: () => mobyDick({ context }),
  batch: 16,
  steps: 1000,
  evaluateEvery: 25,
  target: { kind: 'median-final-loss', row: 'adam-tuned' },
}
