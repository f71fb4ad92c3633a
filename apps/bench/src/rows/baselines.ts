import {
  adam,
  adamW,
  cosineDecay,
  lamb,
  linearDecay,
  polynomialAverage,
  qhAdam,
  sgd,
  warmUp,
} from '@eos-sgd/optimizers'
import { usageError } from '../command/errors.ts'
import type { TunedAlgorithm } from '../tune/tuned-rates.ts'
import type { BuiltRow, Row } from './row.ts'

type Algorithm = BuiltRow['algorithm']
type Schedule = ReturnType<typeof linearDecay>

const warmUpSteps = 20

/** An algorithm at a peak rate, in a run of so many steps. */
type Make = (options: { readonly rate: number; readonly steps: number; readonly warmUp: number }) => Algorithm

const build =
  (make: Make): Row['build'] =>
  ({ spec, steps }): BuiltRow => {
    if (spec.rate === undefined) throw usageError(`Row ${spec.name} needs a rate.`)
    const algorithm = make({ rate: spec.rate, steps, warmUp: Math.min(warmUpSteps, steps) })
    return { algorithm, gain: null, cost: 1 }
  }

const decayed =
  (algorithm: (options: { readonly rate: Schedule }) => Algorithm): Make =>
  (options) =>
    algorithm({ rate: linearDecay(options) })

const schedule = 'after 20 warm-up steps and with linear decay to zero, read at the last weights'

/** A baseline at its declared rate and at the tuned one. */
const pair = (
  algorithm: TunedAlgorithm,
  title: string,
  { what, declared, make }: { readonly what: string; readonly declared: string; readonly make: Make },
): readonly Row[] => [
  {
    name: `${algorithm}-default`,
    title: `${title}, default rate`,
    kind: 'baseline',
    description: `${what} at ${declared} ${schedule}.`,
    rate: { algorithm, source: 'default' },
    build: build(make),
  },
  {
    name: `${algorithm}-tuned`,
    title: `${title}, tuned rate`,
    kind: 'baseline',
    description: `${what} at the rate of the lowest final loss on seed 0, ${schedule}${algorithm === 'adam' ? '; its median final loss is the target' : ''}.`,
    rate: { algorithm, source: 'tuned' },
    build: build(make),
  },
]

/** Algorithms of others: each at its declared default rate and at the tuned one. */
export const baselines: readonly Row[] = [
  ...pair('sgd', 'SGD', {
    what: 'SGD with momentum .9',
    declared: '.01 (PyTorch declares no default; .01 is that of Keras)',
    make: decayed(sgd),
  }),
  ...pair('nesterov', 'Nesterov', {
    what: 'SGD with Nesterov momentum .9',
    declared: '.01 (PyTorch declares no default; .01 is that of Keras)',
    make: decayed((options) => sgd({ ...options, nesterov: true })),
  }),
  ...pair('adam', 'Adam', { what: 'Adam', declared: 'its declared .001', make: decayed(adam) }),
  ...pair('adamw', 'AdamW', {
    what: 'AdamW with weight decay .01',
    declared: "PyTorch's declared .001",
    make: decayed(adamW),
  }),
  ...pair('lamb', 'LAMB', {
    what: 'LAMB with weight decay .01',
    declared: '.001 (its paper declares none; .001 is that of Apex and TensorFlow Addons)',
    make: decayed(lamb),
  }),
  ...pair('qhadam', 'QHAdam', {
    what: 'QHAdam with nu .7 and 1, betas .995 and .999',
    declared: "its authors' declared .001",
    make: decayed(qhAdam),
  }),
  {
    name: 'adam-cosine',
    title: 'Adam, tuned, cosine decay',
    kind: 'baseline',
    description:
      'Adam at the rate that was tuned for linear decay, with cosine decay to zero instead, after 20 warm-up steps, read at the last weights.',
    rate: { algorithm: 'adam', source: 'tuned' },
    build: build((options) => adam({ rate: cosineDecay(options) })),
  },
  {
    name: 'adam-average-tuned',
    title: 'Adam, averaged, tuned rate',
    kind: 'baseline',
    description:
      'Adam at a constant rate after 20 warm-up steps, read at the same average of the weights as the default; the rate is the one of the lowest final loss on seed 0, tuned for itself.',
    rate: { algorithm: 'adam-average', source: 'tuned' },
    build: build(({ rate, warmUp: rise }) => adam({ rate: warmUp(rate, rise), readout: polynomialAverage() })),
  },
]
