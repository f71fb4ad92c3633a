import { scaleLoss } from '@eos-sgd/models'
import { contact, orthogonalisedMomentum } from '@eos-sgd/optimizers'
import { eosSgd } from 'eos-sgd'
import type { Row } from './row.ts'

const from = (guess: number): Row => ({
  name: `start-${guess}`,
  title: `starting guess ${guess}`,
  kind: 'check',
  description: `The default whose line search starts at the rate ${guess}.`,
  build: () => ({
    algorithm: eosSgd({ rate: contact({ guess }) }),
    gain: orthogonalisedMomentum().gain ?? null,
    prepare: (task) => task,
  }),
})

/** The default under conditions that must not matter to it. */
export const robustness: readonly Row[] = [
  from(1e-8),
  from(10),
  {
    name: 'loss-x100',
    title: 'loss times 100',
    kind: 'check',
    description: 'The default on the loss times 100; reported losses are divided by it.',
    build: () => ({
      algorithm: eosSgd(),
      gain: orthogonalisedMomentum().gain ?? null,
      prepare: (task) => scaleLoss(task, 100),
    }),
  },
]
