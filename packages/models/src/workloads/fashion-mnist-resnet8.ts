import { split } from '../data/subset.ts'
import { fashionMnist } from '../node/fashion-mnist.ts'
import { resnet8 } from '../resnet.ts'
import { classification } from '../tasks.ts'
import type { Workload } from '../workload.ts'

/** `fashion-mnist/resnet8`: a residual network with batch normalisation, batch 128, 600 steps (1.4 epochs). */
export const fashionMnistResnet8: Workload = {
  name: 'fashion-mnist/resnet8',
  description:
    'Fashion-MNIST (28x28 grey, (value/255 - .286)/.353; 55,000 to train on, 2,500 of the 5,000 held out for validation, stratified with seed 0; the 10,000 of t10k for test); a residual network with batch normalisation (3x3 stem of 8 with stride 2, stages 8-16-32 of one block, 1x1 strided shortcuts, global mean), ReLU, PyTorch default initialisation, cross-entropy.',
  task: classification({ name: 'fashion-mnist/resnet8', model: resnet8(), shape: [28, 28], classes: 10 }),
  async load({ folder } = {}) {
    const splits = await fashionMnist(folder)
    const { validation } = split(splits.validation, { validation: 0.5, seed: 0 })
    return { ...splits, validation }
  },
  dataset: 'fashion-mnist',
  batch: 128,
  steps: 600,
  evaluateEvery: 25,
  target: { kind: 'median-final-loss', row: 'adam-tuned' },
}
