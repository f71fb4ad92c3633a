import {
  adamDirection,
  heavyBall,
  lambDirection,
  nesterov,
  orthogonalisedMomentum,
  qhAdamDirection,
} from '@eos-sgd/optimizers'
import { eosSgd } from 'eos-sgd'
import { ablation, orthogonal, otherDirection } from './contact-rows.ts'
import type { BuiltRow, Row } from './row.ts'

const rows: readonly {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly build: () => BuiltRow
}[] = [
  {
    name: 'adam-direction',
    title: "contact, Adam's direction",
    description: "Adam's direction under the same rule with its own constants; decay and re-raise off.",
    build: () => otherDirection(adamDirection()),
  },
  {
    name: 'heavy-ball',
    title: 'contact, heavy ball',
    description: 'Heavy ball with momentum .9 under the same rule with its own constants; decay and re-raise off.',
    build: () => otherDirection(heavyBall()),
  },
  {
    name: 'nesterov',
    title: 'contact, Nesterov',
    description:
      'Nesterov momentum .9 under the same rule with the constants of heavy ball, not chosen for it; decay and re-raise off.',
    build: () => otherDirection(nesterov(), heavyBall().contact),
  },
  {
    name: 'qhadam-direction',
    title: "contact, QHAdam's direction",
    description:
      "QHAdam's direction under the same rule with the constants of Adam, not chosen for it; decay and re-raise off.",
    build: () => otherDirection(qhAdamDirection(), adamDirection().contact),
  },
  {
    name: 'lamb-direction',
    title: "contact, LAMB's direction",
    description:
      "LAMB's direction, its own decay included, under the same rule with the constants of the default's direction, which is normalised too; re-raise off.",
    build: () => otherDirection(lambDirection(), orthogonalisedMomentum().contact),
  },
  {
    name: 'newton-schulz',
    title: 'five Newton-Schulz steps',
    description: 'The default with every singular direction orthogonalised by five iterations, not 16 of them exactly.',
    build: () => orthogonal(eosSgd({ direction: orthogonalisedMomentum({ polar: 'newtonSchulz' }) })),
  },
]

/** Other directions in the place of the default's, under `contact`. */
export const directions: readonly Row[] = rows.map((row) => ablation(row, 'direction'))
