import { scaleLoss } from '@eos-sgd/models'
import { contact } from '@eos-sgd/optimizers'
import { eosSgd } from 'eos-sgd'
import { orthogonal } from './contact-rows.ts'
import type { Row } from './row.ts'

const from = (guess: number): Row => ({
  name: `start-${guess}`,
  title: `starting guess ${guess}`,
  kind: 'check',
  description: `The default whose line search starts at the rate ${guess}.`,
  build: () => orthogonal(eosSgd({ rate: contact({ guess }) })),
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
    build: () => ({ ...orthogonal(eosSgd()), prepare: (task) => scaleLoss(task, 100) }),
  },
]

/** Their names. */
export const robustnessRows: readonly string[] = robustness.map(({ name }) => name)
