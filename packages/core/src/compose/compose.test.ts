import { describe, expect, it } from 'vitest'
import { defineCurvatureEstimator, defineNoiseTracker, defineRateRule } from '../contracts/define.ts'
import { referenceBackend } from '../testkit/reference-backend.ts'
import { ball, fixed, lineData, lineTask } from '../train/fixtures/line.ts'
import { train } from '../train/train.ts'
import { compose } from './compose.ts'

const gapRule = { ...fixed(0.1), name: 'needy', needs: ['gap', 'sharpness'] }
const tracker = defineNoiseTracker<{ n: never }>({
  name: 'twin',
  signals: ['loss'],
  cost: { gradients: 0, hvps: 0, forwards: 0 },
  init: () => ({}) as { n: never },
  update: (c, s) => ({ signals: { loss: c.loss() }, state: s }),
})

describe('compose', () => {
  it('refuses a rule whose signals nobody provides, by name', () => {
    expect(() => compose({ direction: ball, rate: gapRule })).toThrow(
      /Rule "needy" needs "gap" and "sharpness", which nothing here provides/,
    )
  })

  it('refuses a tracker whose signal clashes with a built-in one', () => {
    expect(() => compose({ direction: ball, rate: fixed(0.1), noise: tracker })).toThrow(
      /Noise tracker "twin" provides "loss"/,
    )
  })

  it('refuses a plugin of another contract version', () => {
    expect(() => compose({ direction: { ...ball, version: 99 }, rate: fixed(0.1) })).toThrow(
      /"ball" was written for contract 99; this is 1/,
    )
  })

  it('refuses a clipping norm that is not positive', () => {
    expect(() => compose({ direction: ball, rate: fixed(0.1), clip: 0 })).toThrow(/clipping norm must be positive/)
  })

  it('lets the rule refuse a direction', () => {
    const picky = {
      ...fixed(0.1),
      accepts: () => {
        throw new Error('not this one')
      },
    }
    expect(() => compose({ direction: ball, rate: picky })).toThrow('not this one')
  })

  it('lets the estimator refuse a direction, and tells it the gain', async () => {
    const gains: (number | undefined)[] = []
    const estimator = defineCurvatureEstimator<{ n: never }>({
      name: 'choosy',
      cost: { gradients: 0, hvps: 0, forwards: 0 },
      accepts({ name, innerProduct }) {
        if (innerProduct === false) throw new Error(`not ${name}`)
      },
      init: () => ({}) as { n: never },
      estimate(c, state) {
        gains.push(c.gain)
        return { sharpness: c.loss(), state }
      },
    })
    const rate = defineRateRule<null>({
      name: 'looking',
      needs: ['sharpness'],
      start: () => null,
      *step() {
        yield { move: 'observe', signals: ['sharpness'] }
        yield { move: 'measure', signals: ['sharpness'] }
        yield { move: 'accept', rate: 1e-3 }
        return null
      },
    })
    const parts = { direction: { ...ball, gain: 0.5 }, rate, curvature: estimator }
    expect(() => compose({ ...parts, direction: { ...ball, innerProduct: false } })).toThrow('not ball')
    const run = train({
      task: lineTask,
      data: lineData(),
      algorithm: compose(parts),
      backend: referenceBackend(),
      batch: 12,
      until: { steps: 1 },
    })
    for await (const _ of run);
    expect(gains).toEqual([0.5, 0.5])
  })

  it('answers what a rule may ask: slope, along, lengths, probe', async () => {
    const seen: Record<string, number>[] = []
    const asking = defineRateRule<{ t: number }>({
      name: 'asking',
      needs: [],
      start: () => ({ t: 0 }),
      *step({ t }) {
        const measured = yield { move: 'measure', signals: ['weights', 'length'] }
        const rate = 1e-4
        const probed = yield { move: 'probe', rate }
        seen.push({ ...measured, probed: probed['loss'] as number })
        yield { move: 'accept', rate }
        return { t: t + 1 }
      },
    })
    const run = train({
      task: lineTask,
      data: lineData(),
      algorithm: compose({ direction: ball, rate: asking }),
      backend: referenceBackend(),
      batch: 12,
      until: { steps: 3 },
    })
    for await (const _ of run);
    const [first, second] = seen as [Record<string, number>, Record<string, number>]
    expect(first['along']).toBe(0)
    expect(first['slope']).toBeCloseTo((first['length'] as number) ** 2, 12)
    // The loss along the direction is quadratic: 1 + (L(theta - eta u) - L)/(eta g.u) = eta u.Hu / (2 g.u) -> 0.
    expect(
      ((first['probed'] as number) - (first['loss'] as number)) / (-1e-4 * (first['slope'] as number)),
    ).toBeCloseTo(1, 3)
    expect(second['loss']).toBeCloseTo(first['probed'] as number, 12)
    expect(second['along']).not.toBe(0)
  })

  it('clips the gradient that the direction sees', async () => {
    const lengths: number[] = []
    const asking = {
      ...fixed(0.1),
      *step({ t }: { t: number }) {
        const m: Record<string, number> = yield { move: 'measure' as const, signals: ['length'] }
        lengths.push(m['length'] as number)
        yield { move: 'accept' as const, rate: 1e-3 }
        return { t: t + 1 }
      },
    }
    const run = train({
      task: lineTask,
      data: lineData(),
      algorithm: compose({ direction: ball, rate: asking, clip: 0.01 }),
      backend: referenceBackend(),
      batch: 12,
      until: { steps: 1 },
    })
    for await (const _ of run);
    expect(lengths[0]).toBeCloseTo(0.01, 12)
  })
})
