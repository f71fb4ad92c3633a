import { temperature } from '@eos-sgd/noise'
import {
  absoluteDecay,
  contact,
  exponentialAverage,
  gainBoundary,
  relativeDecay,
  track,
  warmUp,
} from '@eos-sgd/optimizers'
import { eosSgd } from 'eos-sgd'
import { ablation, orthogonal } from './contact-rows.ts'
import { tracked } from './formula.ts'
import { defaultRow } from './names.ts'
import type { Row } from './row.ts'

/** The fixed rate of the ablation, and its warm-up. */
const fixedRate = 0.02
const warmUpSteps = 20

/** The default, and its rate rule, noise term, readout and decay exchanged one at a time. */
export const ablations: readonly Row[] = [
  {
    name: defaultRow,
    title: 'EoS-SGD',
    kind: 'default',
    description:
      'As it comes, nothing set: orthogonalised momentum, ramp to the first contact with the edge, hold, let noise lower the rate; averaged weights.',
    build: () => orthogonal(eosSgd()),
  },
  ablation(
    {
      name: 'fixed-rate',
      title: 'fixed rate .02',
      description:
        'The same direction, decay and average with the rate .02 after 20 warm-up steps: no curvature, no noise term.',
      build: () => orthogonal(eosSgd({ rate: warmUp(fixedRate, warmUpSteps) }), 1),
    },
    'rate rule',
  ),
  ablation(
    {
      name: 'no-noise-term',
      title: 'without the noise term',
      description: 'The rate that is held after contact stays: no temperature, no re-raise.',
      build: () => orthogonal(eosSgd({ rate: contact({ temperature: false }) }), 1),
    },
    'noise term',
  ),
  ablation(
    {
      name: 'reversed-noise-term',
      title: 'noise term reversed',
      description: 'Where noise would lower the rate it raises it, by the same factor: the sign of c turned around.',
      build: () => orthogonal(eosSgd({ rate: contact({ temperature: 'reversed' }) })),
    },
    'noise term',
  ),
  ablation(
    {
      name: 'last-weights',
      title: 'last weights',
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
    'readout',
  ),
  ablation(
    {
      name: 'no-re-raise',
      title: 'without the re-raise',
      description: 'Noise still lowers the rate, but nothing raises it again after contact.',
      build: () => orthogonal(eosSgd({ rate: contact({ raise: 0 }) })),
    },
    'noise term',
  ),
  ablation(
    {
      name: 'temperature-quarter',
      title: 'temperature on a quarter',
      description: 'The noise term compares losses on a quarter of the batch instead of the whole.',
      build: () => orthogonal(eosSgd({ noise: temperature({ part: 4 }) })),
    },
    'noise tracker',
  ),
  ablation(
    {
      name: 'exponential-average',
      title: 'exponential average',
      description:
        'The average looks back over the last 100 steps, whatever the length of the run; the noise term sees it too.',
      build: () => orthogonal(eosSgd({ readout: exponentialAverage() })),
    },
    'readout',
  ),
  ablation(
    {
      name: 'no-decay',
      title: 'without weight decay',
      description: 'The weights are not decayed.',
      build: () => orthogonal(eosSgd({ decay: relativeDecay({ strength: 0 }) })),
    },
    'decay',
  ),
  ablation(
    {
      name: 'absolute-decay',
      title: 'absolute weight decay',
      description: 'Decoupled decay of .1 times the rate instead of one relative to the step.',
      build: () => orthogonal(eosSgd({ decay: absoluteDecay() })),
    },
    'decay',
  ),
  ablation(
    {
      name: 'default-under-track',
      title: 'edge tracked, 2/gain',
      description:
        "The default's direction, decay and average; the rate follows 2/gain over the sharpness that power iteration measures in the direction's geometry every 10 steps.",
      build: (context) => orthogonal(eosSgd({ rate: track({ boundary: gainBoundary() }) }), tracked(context).cost),
    },
    'rate rule',
  ),
]
