import { adam, linearDecay, sgd } from '@eos-sgd/optimizers'
import { usageError } from '../command/errors.ts'
import type { BuiltRow, Row } from './row.ts'

const warmUpSteps = 20

const build =
  (make: typeof sgd | typeof adam): Row['build'] =>
  ({ spec, steps }): BuiltRow => {
    if (spec.rate === undefined) throw usageError(`Row ${spec.name} needs a rate.`)
    const rate = linearDecay({ rate: spec.rate, steps, warmUp: Math.min(warmUpSteps, steps) })
    return { algorithm: make({ rate }), gain: null, prepare: (task) => task }
  }

const schedule = 'after 20 warm-up steps and with linear decay to zero, read at the last weights'

/** Algorithms of others, each at its declared default rate and at the tuned one. */
export const baselines: readonly Row[] = [
  {
    name: 'sgd-default',
    title: 'SGD, default rate',
    kind: 'baseline',
    description: `SGD with momentum .9 at .01 (PyTorch declares no default; .01 is that of Keras) ${schedule}.`,
    rate: { algorithm: 'sgd', source: 'default' },
    build: build(sgd),
  },
  {
    name: 'sgd-tuned',
    title: 'SGD, tuned rate',
    kind: 'baseline',
    description: `SGD with momentum .9 at the rate of the lowest final loss on seed 0, ${schedule}.`,
    rate: { algorithm: 'sgd', source: 'tuned' },
    build: build(sgd),
  },
  {
    name: 'adam-default',
    title: 'Adam, default rate',
    kind: 'baseline',
    description: `Adam at its declared .001 ${schedule}.`,
    rate: { algorithm: 'adam', source: 'default' },
    build: build(adam),
  },
  {
    name: 'adam-tuned',
    title: 'Adam, tuned rate',
    kind: 'baseline',
    description: `Adam at the rate of the lowest final loss on seed 0, ${schedule}; its median final loss is the target.`,
    rate: { algorithm: 'adam', source: 'tuned' },
    build: build(adam),
  },
]
