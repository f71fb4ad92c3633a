import { lanczos, type PowerIterationOptions, powerIteration, realisedEdge, secant } from '@eos-sgd/curvature'
import { twoHalves, withinStep } from '@eos-sgd/noise'
import { dimensionlessBoundary, missionBoundary } from '@eos-sgd/optimizers'
import { type Estimator, formulaChange, type TrackedOptions, type Tracker, tracked } from './formula.ts'
import type { Change, Row } from './row.ts'

/** The sign before the noise in a threshold. */
const sign = (c: number): string => (c < 0 ? '-' : '+')

const same = 'The formula with 2(1 - mu)'

const change = (
  part: Change['part'],
  name: string,
  title: string,
  description: string,
  options: TrackedOptions,
  from?: string,
): Row => formulaChange({ name, title, description, build: (context) => tracked(context, options) }, part, from)

const iterated = (options: PowerIterationOptions): TrackedOptions => ({
  curvature: powerIteration(options) as Estimator,
})

/** Other estimators of the sharpness. */
export const estimators: readonly Row[] = [
  change(
    'estimator',
    'estimator-quarter',
    'power iteration on a quarter',
    `${same}; lambda from a quarter of the batch.`,
    iterated({ part: 4 }),
  ),
  change(
    'estimator',
    'estimator-gauss-newton',
    'Gauss-Newton',
    `${same}; the largest eigenvalue of the Gauss-Newton matrix in place of the Hessian's.`,
    iterated({ of: 'gaussNewton' }),
  ),
  change(
    'estimator',
    'estimator-lanczos',
    'Lanczos, k = 2',
    `${same}; lambda by Lanczos with two Hessian products from the last Ritz vector.`,
    { curvature: lanczos() as Estimator },
  ),
  change(
    'estimator',
    'estimator-realised-edge',
    'realised edge',
    `${same}; the sharpness along the step, from one forward pass.`,
    { curvature: realisedEdge() as Estimator, initial: 0 },
  ),
  change(
    'estimator',
    'estimator-secant',
    'secant',
    `${same}; the sharpness along the last step, noise included, from gradients that are there anyway, at every step.`,
    { curvature: secant() as Estimator, initial: 0, every: 1 },
  ),
]

/** Other numerators. */
export const boundaries: readonly Row[] = [
  change('boundary', 'boundary-two', 'formula, 2', 'The formula made safe, with the threshold 2 of plain descent.', {
    boundary: missionBoundary(),
  }),
  ...([-1, 1] as const).map((c) =>
    change(
      'noise term',
      `boundary-mission-${c < 0 ? 'minus' : 'plus'}`,
      `formula, 2 ${sign(c)} noise`,
      `The formula made safe, with 2 ${sign(c)} sqrt(eta sigma^2), so c = ${c}; sigma^2 by moving average at every step.`,
      { boundary: missionBoundary({ c }) },
      'boundary-two',
    ),
  ),
  ...([-1, 1] as const).map((c) =>
    change(
      'noise term',
      `boundary-dimensionless-${c < 0 ? 'minus' : 'plus'}`,
      `formula, 2/gain ${sign(c)} noise`,
      `The formula made safe, with 2/gain ${c < 0 ? 'lowered' : 'raised'} by the noise-to-signal ratio of the gradient, which has no unit, c = ${c}; by moving average at every step.`,
      { boundary: dimensionlessBoundary({ c }) },
      'formula-safe',
    ),
  ),
]

/** Other trackers of the noise, where the boundary reads it. */
export const trackers: readonly Row[] = [
  change(
    'noise tracker',
    'tracker-two-halves',
    'noise between two halves',
    'The formula with 2/gain lowered by the noise-to-signal ratio, which the gradients of the halves of each batch give.',
    { boundary: dimensionlessBoundary(), noise: twoHalves() as Tracker },
    'boundary-dimensionless-minus',
  ),
  change(
    'noise tracker',
    'tracker-within-step',
    'noise between micro-batches',
    'The formula with 2/gain lowered by the noise-to-signal ratio, from the spread of the gradients of four micro-batches.',
    { boundary: dimensionlessBoundary(), noise: withinStep() as Tracker, microBatches: 4 },
    'boundary-dimensionless-minus',
  ),
]

/** Measured more or less often than every 10 steps. */
export const cadences: readonly Row[] = [
  ...[1, 5, 50].map((every) => {
    const often = every === 1 ? 'at every step' : `every ${every} steps`
    return change('cadence', `cadence-${every}`, `measured ${often}`, `${same}; lambda ${often} instead of every 10.`, {
      every,
    })
  }),
  formulaChange(
    {
      name: 'cadence-once',
      title: 'measured at the start only',
      description: `${same}; lambda on the first batch only, so that the rate stays at that edge: without curvature from there on.`,
      build: (context) => tracked(context, { every: context.steps }),
    },
    'cadence',
  ),
]
