import { mlp } from '../mlp.ts'
import { fashionMnist } from '../node/fashion-mnist.ts'
import { classification } from '../tasks.ts'
import type { Workload } from '../workload.ts'

/** `fashion-mnist/mlp`: 784-256-256-10, ReLU, batch 128, 1,000 steps (2.3 epochs); the benchmark of the first release. */
export const fashionMnistMlp: Workload = {
  name: 'fashion-mnist/mlp',
  description:
    'Fashion-MNIST (28x28 grey, (value/255 - .286)/.353; 55,000 to train on, 5,000 for validation, stratified with seed 0; the 10,000 of t10k for test); an MLP 784-256-256-10 with ReLU, PyTorch default initialisation, cross-entropy.',
  task: classification({
    name: 'fashion-mnist/mlp',
    model: mlp({ widths: [784, 256, 256, 10] }),
    shape: [28, 28],
    classes: 10,
  }),
  load: ({ folder } = {}) => fashionMnist(folder),
  dataset: 'fashion-mnist',
  batch: 128,
  steps: 1000,
  evaluateEvery: 25,
  target: { kind: 'median-final-loss', row: 'adam-tuned' },
}
