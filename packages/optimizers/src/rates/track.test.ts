import type { RateRule, Scalars } from '@eos-sgd/core'
import { testRateRule } from '@eos-sgd/core/testkit'
import { describe, expect, it } from 'vitest'
import { dimensionlessBoundary } from '../boundaries/dimensionless-boundary.ts'
import { gainBoundary } from '../boundaries/gain-boundary.ts'
import { missionBoundary } from '../boundaries/mission-boundary.ts'
import { smallBatchBoundary } from '../boundaries/small-batch-boundary.ts'
import { constant, linearDecay, schedule, warmUp } from './schedule.ts'
import { track } from './track.ts'

const api = { describe, it, expect: expect as never }
const ball = { name: 'heavy ball', gain: 1 / 1.9 }
const quiet = { rate: 0, variance: 0, squaredGradient: 0 }
const literal = { every: 1, safety: 1, growth: Number.POSITIVE_INFINITY, initial: 0, trust: false }

/** Rates and states against scripted answers to `measure`. */
function script<H>(rule: RateRule<H>, answers: readonly Scalars[], facts: { name: string; gain?: number } = ball) {
  let state = rule.start()
  return answers.map((answer) => {
    const moves = []
    const driver = rule.step(state, facts)
    let next = driver.next()
    while (!next.done) {
      moves.push(next.value)
      next = driver.next(next.value.move === 'measure' ? { slope: 1, ...answer } : {})
    }
    state = JSON.parse(JSON.stringify(next.value)) as H
    return { moves, rate: moves.at(-1)?.rate as number, report: rule.report?.(state) }
  })
}
const same = (answer: Scalars, times: number): Scalars[] => new Array(times).fill(answer)

describe('track', () => {
  testRateRule(api, () => track({ boundary: gainBoundary() }))
  testRateRule(api, () => track({ boundary: missionBoundary({ c: -1 }), ...literal }))
  testRateRule(api, () => track({ boundary: dimensionlessBoundary() }))

  it('sits at the safe share of the momentum-corrected edge, after its initial measurements', () => {
    const steps = script(track({ boundary: gainBoundary(), first: 10 }), same({ loss: 1, sharpness: 4 }, 12))
    expect(steps[0]?.moves.map(({ move }) => move)).toEqual([...new Array(20).fill('observe'), 'measure', 'accept'])
    expect(steps[0]?.rate).toBeCloseTo((0.9 * 3.8) / 4, 12)
    expect(steps[0]?.report).toEqual({
      rate: expect.closeTo((0.9 * 3.8) / 4, 12),
      sharpness: 4,
      edge: expect.closeTo(3.8 / 4, 12),
      clippedBy: null,
      rejections: 0,
    })
    expect(steps.map(({ moves }) => moves.at(-2)?.signals?.length)).toEqual([1, ...new Array(9).fill(0), 1, 0])
  })

  it('rises by at most its growth, never above max, and falls at once', () => {
    const rule = track({ boundary: smallBatchBoundary(), every: 1, safety: 1, initial: 0, max: 0.22, first: 10 })
    const steps = script(
      rule,
      [1, 0.5, 0.1, 0.1, 2].map((sharpness) => ({ loss: 1, sharpness })),
    )
    expect(steps.map(({ rate }) => rate)).toEqual([0.2, 0.2 * 1.05, 0.22, 0.22, 0.1].map((r) => expect.closeTo(r, 12)))
    expect(steps.map(({ report }) => report?.['clippedBy'])).toEqual([null, 'growth', 'max', 'max', null])
  })

  it('rises from its first rate by its growth too', () => {
    const steps = script(track({ boundary: gainBoundary(), first: 1e-3 }), same({ loss: 1, sharpness: 4 }, 3))
    expect(steps.map(({ rate }) => rate)).toEqual([1, 2, 3].map((n) => expect.closeTo(1e-3 * 1.05 ** n, 12)))
  })

  it('keeps the rate where the sharpness is missing, and says so', () => {
    const rule = track({ boundary: gainBoundary(), every: 1, trust: false })
    const steps = script(rule, [
      { loss: 1, sharpness: Number.NaN },
      { loss: 1, sharpness: 4 },
      { loss: Number.NaN, sharpness: Number.POSITIVE_INFINITY },
    ])
    expect(steps[0]?.rate).toBe(1e-4)
    expect(steps[2]?.rate).toBe(steps[1]?.rate)
    expect(steps[2]?.report?.['clippedBy']).toBe('missing sharpness')
    const flat = script(
      track({ boundary: gainBoundary(), every: 1, growth: Number.POSITIVE_INFINITY }),
      same({ loss: 1, sharpness: -3 }, 1),
    )
    expect(flat[0]?.report?.['clippedBy']).toBe('floor')
  })

  it('takes a batch back that is not finite or an outlier, with half the rate', () => {
    const rule = track({ boundary: gainBoundary(), every: 1, initial: 0, first: 10 })
    const steps = script(rule, [
      ...same({ loss: 1, sharpness: 4 }, 2),
      { loss: Number.NaN, sharpness: 4 },
      { loss: 5, sharpness: 1e-3 },
      { loss: 1, sharpness: 4 },
    ])
    expect(steps.map(({ moves }) => moves.at(-1)?.move)).toEqual(['accept', 'accept', 'restore', 'restore', 'accept'])
    const edge = (0.9 * 3.8) / 4
    expect(steps.at(-1)?.rate).toBeCloseTo((edge / 4) * 1.05, 12)
    expect(steps.at(-1)?.report).toMatchObject({ clippedBy: 'growth', rejections: 2 })
  })

  it('divides by the scale of a normalised direction', () => {
    const [step] = script(track({ boundary: missionBoundary(), safety: 1, first: 10 }), [
      { loss: 1, sharpness: 4, scale: 0.5 },
    ])
    expect(step?.rate).toBeCloseTo(1, 12)
  })

  it("is the project's formula without its safeguards: oracles O16 and O17", () => {
    const at = (c: number, steps: number, first: number, scale = 1) =>
      script(
        track({ boundary: missionBoundary({ c }), ...literal, first }),
        same({ loss: 1, sharpness: scale, variance: scale * scale }, steps),
      ).map(({ rate }) => rate)
    expect(at(0.5, 4, 1).map((r) => Number(r.toFixed(6)))).toEqual([2.5, 2.790569, 2.83525, 2.84191])
    expect(at(0.5, 60, 1).at(-1)).toBeCloseTo(2.84307, 6)
    expect(at(-0.5, 60, 1).at(-1)).toBeCloseTo(1.40693, 6)
    // O20: with the loss times 100, rate * lambda is no longer the same.
    expect(100 * (at(0.5, 200, 0.01, 100).at(-1) as number)).toBeCloseTo(28.861406, 4)
  })

  it('hands the noise to a dimensionless boundary, which does not see the scale of the loss', () => {
    const at = (scale: number) =>
      script(
        track({ boundary: dimensionlessBoundary(), ...literal, first: 1 / scale }),
        same({ loss: scale, sharpness: scale, variance: 9 * scale ** 2, squaredGradient: 4 * scale ** 2 }, 5),
      )
    // O20: 2/gain/(1 + 9/4).
    for (const scale of [1, 100]) {
      expect(scale * (at(scale).at(-1)?.rate as number)).toBeCloseTo(3.8 / 3.25, 9)
      expect(at(scale).at(-1)?.report).toMatchObject({ variance: 9 * scale ** 2, squaredGradient: 4 * scale ** 2 })
    }
    expect(track({ boundary: dimensionlessBoundary() }).needs).toEqual(['sharpness', 'variance', 'squaredGradient'])
  })

  it('keeps the numerator of the formula positive', () => {
    expect(missionBoundary({ c: -5 }).threshold({ rate: 1, variance: 1, squaredGradient: 0 })).toBe(0.02)
    expect(track({ boundary: missionBoundary() }).needs).toEqual(['sharpness'])
    expect(track({ boundary: missionBoundary({ c: 1 }) }).needs).toEqual(['sharpness', 'variance'])
  })

  it('refuses a direction without a gain where the boundary needs it', () => {
    expect(() => track({ boundary: gainBoundary() }).accepts?.({ name: 'stranger' })).toThrow(
      /needs a direction that declares its stability gain/,
    )
    expect(gainBoundary().threshold({ gain: 1 / 1.9, ...quiet })).toBeCloseTo(3.8, 12)
    expect(smallBatchBoundary().threshold(quiet)).toBeCloseTo(0.2, 12)
  })
})

describe('schedules', () => {
  testRateRule(api, () => linearDecay({ rate: 1, steps: 60 }))
  const rates = (rule: RateRule<{ t: number }>, steps: number) =>
    script(rule, same({ loss: 1 }, steps)).map(({ rate }) => rate)
  it('are what their formulas say, in one fused move', () => {
    expect(script(constant(0.1), [{ loss: 1 }])[0]?.moves).toEqual([{ move: 'step', rate: 0.1 }])
    expect(rates(warmUp(1, 4), 6)).toEqual([0.25, 0.5, 0.75, 1, 1, 1])
    expect(rates(linearDecay({ rate: 1, steps: 4, warmUp: 2 }), 6)).toEqual([0.5, 0.75, 0.5, 0.25, 0, 0])
    expect(
      rates(
        schedule((t) => 1 / (t + 1)),
        2,
      ),
    ).toEqual([1, 0.5])
  })
  it('refuse a rate that is not a number', () => {
    expect(() => constant(-1)).toThrow(/constant: option "rate" must be above 0/)
    expect(() =>
      rates(
        schedule(() => Number.NaN, 'odd'),
        1,
      ),
    ).toThrow(/Rule "odd" gave the rate NaN for step 0/)
  })
})
