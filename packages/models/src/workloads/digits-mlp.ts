import { digits } from '../digits.ts'
import { mlp } from '../mlp.ts'
import { classification } from '../tasks.ts'
import type { Workload } from '../workload.ts'

/** `digits/mlp`: 64-64-32-10, ReLU, batch 32, 1,000 steps (25 epochs); a second of training on one core. */
export const digitsMlp: Workload = {
  name: 'digits/mlp',
  description:
    'UCI digits (8x8 grey, value / 16; 1,297 to train on, 250 for validation, 250 for test, stratified with seed 0); an MLP 64-64-32-10 with ReLU, PyTorch default initialisation, cross-entropy.',
  task: classification({ name: 'digits/mlp', model: mlp({ widths: [64, 64, 32, 10] }), shape: [8, 8], classes: 10 }),
  load: () => digits(),
  batch: 32,
  steps: 1000,
  evaluateEvery: 25,
  target: { kind: 'median-final-loss', row: 'adam-tuned' },
}
