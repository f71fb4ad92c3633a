import { describe, expect, it } from 'vitest'
import { measuringShare, summarise } from './cell-summary.ts'
import { pairedDifference } from './paired.ts'
import { type LoggedEvent, measurementsOf, type StepPoint, seriesOf } from './series.ts'
import { median, statistic, statisticOfKnown } from './statistics.ts'
import { targetOf, timeToTarget } from './target.ts'

const point = (step: number, seconds: number, runs: readonly string[] = []): StepPoint => ({
  step,
  loss: 1,
  rate: 0.1,
  seconds,
  measured: measurementsOf(runs),
  phase: null,
  sharpness: null,
  gap: null,
  progress: null,
  variance: null,
})
const evaluation = (step: number, loss: number | null, accuracy = 0.5): LoggedEvent => ({
  type: 'evaluation',
  step,
  loss,
  metrics: { accuracy },
})
const step = (n: number, seconds = 0.5, report: object = {}): LoggedEvent => ({
  type: 'step',
  step: n,
  loss: 1,
  rate: 0.1 * n,
  seconds,
  runs: ['step'],
  report,
})

describe('medians', () => {
  it('takes the middle, or the mean of the two middles', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
  })

  it('counts misses as infinite and never drops them', () => {
    expect(median([10, Number.POSITIVE_INFINITY, 20])).toBe(20)
    expect(median([10, Number.NaN, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY)
    expect(statistic([10, null, null])).toEqual({ median: null, values: [10, null, null] })
    expect(statistic([10, null, 30])).toEqual({ median: 30, values: [10, null, 30] })
  })

  it('leaves out what is not known only where asked to', () => {
    expect(statisticOfKnown([0.1, null, 0.3]).median).toBeCloseTo(0.2, 12)
    expect(statisticOfKnown([null]).median).toBeNull()
  })
})

describe('time to target', () => {
  const series = seriesOf([
    evaluation(0, 2),
    step(1),
    step(2),
    evaluation(2, 0.9),
    step(3),
    step(4),
    evaluation(4, 0.5),
    step(5),
    step(6),
    evaluation(6, 0.4),
  ])

  it('is the first evaluation at or below the target, with the time of the batches before it', () => {
    expect(timeToTarget(series, 0.5)).toEqual({ steps: 4, seconds: 2 })
    expect(timeToTarget(series, 0.45)).toEqual({ steps: 6, seconds: 3 })
  })

  it('is null for a miss', () => {
    expect(timeToTarget(series, 0.39)).toBeNull()
  })

  it('aims at the median final loss, of which a run that is not finite is the largest', () => {
    expect(targetOf([0.3, 0.2, 0.5])).toBe(0.3)
    expect(targetOf([0.3, null, 0.5])).toBe(0.5)
    expect(targetOf([null, null, 0.5])).toBeNull()
  })
})

describe('summary of a run', () => {
  it('has initial, best and final loss, accuracies and time', () => {
    const summary = summarise(
      seriesOf([evaluation(0, 2, 0.1), step(1), evaluation(1, 0.4, 0.9), step(2), evaluation(2, 0.6, 0.8)]),
    )
    expect(summary).toMatchObject({
      steps: 2,
      seconds: 1,
      initialLoss: 2,
      finalLoss: 0.6,
      bestLoss: 0.4,
      bestStep: 1,
      finalAccuracy: 0.8,
      bestAccuracy: 0.9,
      diverged: false,
      finalRate: 0.2,
      contact: null,
    })
  })

  it('calls a run diverged with a loss that is not finite, even in between, or a final loss above the initial', () => {
    const diverged = (...losses: readonly (number | null)[]): boolean =>
      summarise(seriesOf(losses.map((loss, index) => evaluation(index, loss)))).diverged
    expect(diverged(2, 1, 1.9)).toBe(false)
    expect(diverged(2, null, 1)).toBe(true)
    expect(diverged(2, 1, 2.1)).toBe(true)
    expect(diverged(2, 5, 2)).toBe(false)
  })

  it('finds the first contact as the step at which the ramp ends', () => {
    const summary = summarise(
      seriesOf([step(1, 1, { phase: 'ramp' }), step(2, 1, { phase: 'hold' }), step(3, 1, { phase: 'hold' })]),
    )
    expect(summary.contact).toEqual({ step: 2, rate: 0.2 })
  })
})

describe('share of time spent on measuring', () => {
  it('is the median of a measuring step less that of a plain one, times their number, over the total', () => {
    const steps = [
      point(1, 1),
      point(2, 1),
      point(3, 1, ['measure+noise+lengths', 'probe', 'accept']),
      point(4, 1),
      point(5, 3, ['measure+noise']),
      point(6, 3, ['measure+noise']),
    ]
    // Plain median 1, measuring median 3, three of them, total 10.
    expect(measuringShare(steps)).toBeCloseTo((3 * (3 - 1)) / 10, 12)
  })

  it('takes each set of measurements by itself, against the steps that measure least', () => {
    const steps = [
      point(1, 1, ['step+noise']),
      point(2, 1, ['step+noise']),
      point(3, 4, ['step+noise+curvature']),
      point(4, 2, ['step+other+noise']),
    ]
    expect(measuringShare(steps)).toBeCloseTo((3 + 1) / 8, 12)
  })

  it('is 0 without measuring and null when every step measures the same', () => {
    expect(measuringShare([point(1, 1, ['step']), point(2, 1, ['step'])])).toBe(0)
    expect(measuringShare([point(1, 1, ['step+curvature'])])).toBeNull()
    expect(measuringShare([])).toBeNull()
  })

  it('is not negative when measuring happened to be quicker', () => {
    expect(measuringShare([point(1, 2), point(2, 1, ['measure+noise'])])).toBe(0)
  })
})

describe('paired differences', () => {
  it('pairs by seed and counts the sides', () => {
    const paired = pairedDifference(
      [
        { seed: 0, value: 0.5 },
        { seed: 1, value: 0.2 },
        { seed: 2, value: 0.4 },
      ],
      [
        { seed: 2, value: 0.3 },
        { seed: 0, value: 0.3 },
        { seed: 1, value: 0.3 },
      ],
    )
    expect(paired.seeds).toEqual([0, 1, 2])
    expect(paired.differences.map((difference) => difference?.toFixed(3))).toEqual(['0.200', '-0.100', '0.100'])
    expect(paired).toMatchObject({ lower: 1, higher: 2 })
    expect(paired.median).toBeCloseTo(0.1, 12)
  })

  it('takes a run that is not finite as the higher one', () => {
    expect(
      pairedDifference(
        [
          { seed: 0, value: null },
          { seed: 1, value: 1 },
        ],
        [
          { seed: 0, value: 1 },
          { seed: 1, value: null },
        ],
      ),
    ).toEqual({
      seeds: [0, 1],
      differences: [null, null],
      median: null,
      lower: 1,
      higher: 1,
    })
  })

  it('leaves out seeds that only one row has', () => {
    expect(
      pairedDifference(
        [
          { seed: 0, value: 1 },
          { seed: 1, value: 1 },
        ],
        [{ seed: 1, value: 1 }],
      ),
    ).toMatchObject({ seeds: [1], differences: [0] })
  })
})

describe('event logs', () => {
  it('reads null as a number that was not finite', () => {
    const { evaluations, steps } = seriesOf([
      evaluation(0, null),
      { type: 'step', step: 1, loss: null, rate: null, seconds: 1, runs: [], report: {} },
    ])
    expect(evaluations[0]?.loss).toBeNaN()
    expect(steps[0]?.loss).toBeNaN()
  })

  it('takes signals from the measurement where the rule does not report them', () => {
    const { steps } = seriesOf([step(1), { type: 'measurement', step: 1, signals: { sharpness: 7, variance: 2 } }])
    expect(steps[0]).toMatchObject({ sharpness: 7, variance: 2 })
  })
})
