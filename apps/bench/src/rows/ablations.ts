import { type AnyAlgorithm, compose, type Direction, type State } from '@eos-sgd/core'
import { temperature } from '@eos-sgd/noise'
import {
  adamDirection,
  contact,
  heavyBall,
  orthogonalisedMomentum,
  polynomialAverage,
  warmUp,
} from '@eos-sgd/optimizers'
import { eosSgd } from 'eos-sgd'
import type { BuiltRow, Row } from './row.ts'

/** The fixed rate of the ablation, and its warm-up. */
const fixedRate = 0.02
const warmUpSteps = 20

const asItComes = (algorithm: AnyAlgorithm, gain: number | undefined): BuiltRow => ({
  algorithm,
  gain: gain ?? null,
  prepare: (task) => task,
})

const orthogonal = (algorithm: AnyAlgorithm): BuiltRow => asItComes(algorithm, orthogonalisedMomentum().gain)

/** Another direction under the same rule; decay and re-raise belong to the default direction. */
const otherDirection = <S extends State>(direction: Direction<S>): BuiltRow =>
  asItComes(
    compose({ direction, rate: contact({ raise: 0 }), noise: temperature(), readout: polynomialAverage() }),
    direction.gain,
  )

/** The default and what becomes of it when one part is changed. */
export const ablations: readonly Row[] = [
  {
    name: 'default',
    title: 'EoS-SGD',
    kind: 'default',
    description:
      'As it comes, nothing set: orthogonalised momentum, ramp to the first contact with the edge, hold, let noise lower the rate; averaged weights.',
    build: () => orthogonal(eosSgd()),
  },
  {
    name: 'fixed-rate',
    title: 'fixed rate .02',
    kind: 'ablation',
    description:
      'The same direction, decay and average with the rate .02 after 20 warm-up steps: no curvature, no noise term.',
    build: () => orthogonal(eosSgd({ rate: warmUp(fixedRate, warmUpSteps) })),
  },
  {
    name: 'no-noise-term',
    title: 'without the noise term',
    kind: 'ablation',
    description: 'The rate that is held after contact stays: no temperature, no re-raise.',
    build: () => orthogonal(eosSgd({ rate: contact({ temperature: false }) })),
  },
  {
    name: 'reversed-noise-term',
    title: 'noise term reversed',
    kind: 'ablation',
    description: 'Where noise would lower the rate it raises it, by the same factor.',
    build: () => orthogonal(eosSgd({ rate: contact({ temperature: 'reversed' }) })),
  },
  {
    name: 'last-weights',
    title: 'last weights',
    kind: 'ablation',
    description: 'The default, evaluated at the last weights instead of their average; it trains the same.',
    build() {
      const algorithm = eosSgd()
      return orthogonal({
        ...algorithm,
        name: `${algorithm.name}, read at the last weights`,
        evaluation: (point) => point,
      })
    },
  },
  {
    name: 'adam-direction',
    title: "contact, Adam's direction",
    kind: 'ablation',
    description: "Adam's direction under the same rule with its own constants; decay and re-raise off.",
    build: () => otherDirection(adamDirection()),
  },
  {
    name: 'heavy-ball',
    title: 'contact, heavy ball',
    kind: 'ablation',
    description: 'Heavy ball with momentum .9 under the same rule with its own constants; decay and re-raise off.',
    build: () => otherDirection(heavyBall()),
  },
]
