import { diabetes } from '../diabetes.ts'
import { mlp } from '../mlp.ts'
import { regression } from '../tasks.ts'
import type { Workload } from '../workload.ts'

/**
 * `diabetes/mlp`: 10-64-32-1, ReLU, batch 32, 300 steps (37 epochs of 282 samples): what trains well here over-fits, so
 * it shows how far the final loss lies above the lowest.
 */
export const diabetesMlp: Workload = {
  name: 'diabetes/mlp',
  description:
    'Diabetes progression (10 measurements and the target, standardised by the training samples; 282 to train on, 80 for validation, 80 for test, in proportion along the target with seed 0); an MLP 10-64-32-1 with ReLU, PyTorch default initialisation, mean squared error.',
  task: regression({ name: 'diabetes/mlp', model: mlp({ widths: [10, 64, 32, 1] }), shape: [10] }),
  load: () => diabetes(),
  batch: 32,
  steps: 300,
  evaluateEvery: 5,
  target: { kind: 'median-final-loss', row: 'adam-tuned' },
}
