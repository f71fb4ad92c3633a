import { testRateRule } from '@eos-sgd/core/testkit'
import { describe, expect, it } from 'vitest'
import { lambDirection } from '../directions/lamb.ts'
import { nesterov } from '../directions/nesterov.ts'
import { qhAdamDirection } from '../directions/qh-adam.ts'
import { type FakeOptions, fakeDevice } from '../fixtures/fake-device.ts'
import { contact } from './contact.ts'
import type { ContactOptions } from './contact-options.ts'
import type { ContactState } from './contact-state.ts'

const facts = { name: 'gradient', contact: { growth: 0.1, hold: 0.5, ratio: 0.25, start: 1 / 16 } }
const noisy: FakeOptions = { spectrum: [4, 2, 1, 0.5], noise: 0.3 }
const run = (options: ContactOptions = {}, device: FakeOptions = noisy, batches = 200) =>
  fakeDevice(device).run(contact(options), facts, batches)
const states = (steps: ReturnType<typeof run>): ContactState[] => steps.map(({ state }) => state)
const final = (steps: ReturnType<typeof run>): ContactState => steps.at(-1)?.state as ContactState
const contactOf = (steps: ReturnType<typeof run>): { at: number; rate: number } => {
  const found = states(steps).find(({ phase }) => phase === 'hold') as ContactState
  return { at: found.contactAt, rate: (found.rate as number) / 0.5 }
}

describe('contact', () => {
  for (const options of [
    {},
    { temperature: false },
    { temperature: 'reversed' },
    { guess: 3, rejection: false },
  ] as const)
    testRateRule({ describe, it, expect: expect as never }, () => contact(options))

  it('starts from a line search: a sixteenth of the rate with zeta at most 1/2', () => {
    const [first] = run({ guess: 1e-3 }, { spectrum: [2] }, 1)
    const probes = first?.moves.filter(({ move }) => move === 'probe').map(({ rate }) => rate as number) as number[]
    // zeta = rate * lambda / 2, so the largest doubling of 1e-3 below 1/2 is .256 (.512 gives .512).
    expect(first?.state.rate).toBeCloseTo((0.256 / 16) * 1.1, 12)
    expect(probes.at(-1)).toBeCloseTo(0.512, 12)
    expect(first?.moves[0]?.signals).toEqual(['weights', 'length'])
    expect(run({}, noisy, 2)[1]?.moves[0]?.signals).toEqual([])
  })

  it('ramps by its growth until the secant share is 0, and holds the share of the rate there', () => {
    const all = states(run())
    const at = contactOf(run()).at
    expect(at).toBeGreaterThan(5)
    for (let i = 1; i < at - 1; i++)
      expect((all[i]?.rate as number) / (all[i - 1]?.rate as number)).toBeCloseTo(1.1, 12)
    const [before, hit] = [all[at - 2] as ContactState, all[at - 1] as ContactState]
    expect(before.hn).toBeGreaterThan(0)
    expect(hit.hn).toBeLessThanOrEqual(0)
    expect(hit.rate).toBeCloseTo(0.5 * (before.rate as number), 12)
    expect([hit.gap, hit.progress]).toEqual([null, null])
  })

  it('reads the sharpness along the step from the secant', () => {
    const rule = contact()
    const steps = fakeDevice({ spectrum: [3, 3] }).run(rule, facts, 6)
    expect(rule.report?.(final(steps))).toMatchObject({ phase: 'ramp', rejections: 0, contactAt: 0 })
    // h averages 1 - rate * 3 over steps of a rising rate: the share is above that of the last one.
    expect(final(steps).hn / final(steps).hd).toBeGreaterThan(1 - 3 * (final(steps).secantRate as number))
    const still = fakeDevice({ spectrum: [3, 3] }).run(contact({ growth: 1e-9 }), facts, 4)
    const report = contact().report?.(final(still)) as { sharpness: number }
    expect(report.sharpness).toBeCloseTo(3, 5)
  })

  it('finds the same contact whatever the scale of the loss', () => {
    const plain = contactOf(run())
    const large = contactOf(run({}, { ...noisy, scale: 100 }))
    expect(large.at).toBe(plain.at)
    expect(large.rate * 100).toBeCloseTo(plain.rate, 6)
    const normalised = contactOf(run({}, { ...noisy, normalised: true }))
    const both = contactOf(run({}, { ...noisy, normalised: true, scale: 100 }))
    expect(both.at).toBe(normalised.at)
    expect(both.rate).toBeCloseTo(normalised.rate, 6)
  })

  it('recovers from a starting guess of 1e-8 and of 10', () => {
    const plain = contactOf(run()).rate
    for (const guess of [1e-8, 10]) {
      const found = contactOf(run({ guess })).rate
      expect(found / plain).toBeGreaterThan(0.5)
      expect(found / plain).toBeLessThan(2)
    }
  })

  it('cools where noise costs more than the average gains, and the mean keeps descending', () => {
    const steps = run({}, noisy, 600)
    const { at } = contactOf(steps)
    expect(final(steps).rate as number).toBeLessThan(0.6 * (states(steps)[at - 1]?.rate as number))
    const changes = states(steps).flatMap((s, i) => (i >= at && s.rate !== states(steps)[i - 1]?.rate ? [s.t] : []))
    expect(changes.every((t) => t % 8 === 0 && (t >= 2 * at || t >= at + 16))).toBe(true)
    // At most a factor 1.15 per batch between two checks.
    states(steps).forEach((s, i) => {
      if (i >= at)
        expect((s.rate as number) / (states(steps)[i - 1]?.rate as number)).toBeGreaterThan(1.15 ** -8 - 1e-9)
    })
  })

  it('heats instead where the noise term is reversed, and does neither without it', () => {
    const held = (options: ContactOptions): number => {
      const steps = run({ ...options, raise: 0 }, noisy, 300)
      return (final(steps).rate as number) / (contactOf(steps).rate * 0.5)
    }
    expect(held({})).toBeLessThan(1)
    expect(held({ temperature: 'reversed' })).toBeGreaterThan(1)
    expect(held({ temperature: false })).toBe(1)
    expect(contact({ temperature: false }).needs).toEqual([])
    const moves = run({ temperature: false }).flatMap((s) => s.moves.map(({ move }) => move))
    expect(moves).not.toContain('mark')
  })

  it('raises the rate again below the edge while noise is not what limits it', () => {
    // No noise and a spread spectrum: after contact the iterate is ahead of its mean and h is positive.
    const still: FakeOptions = { spectrum: [4, 0.02, 0.01] }
    const rates = (raise: number) => states(run({ raise }, still, 300)).map(({ rate }) => rate as number)
    const steepest = (all: number[]) => Math.max(...all.map((rate, i) => rate / (all[i - 1] ?? rate)))
    expect(steepest(rates(0.2))).toBeCloseTo(Math.exp(0.2), 9)
    expect(steepest(rates(0))).toBeCloseTo(1.1, 9)
  })

  it('marks at checks whose step doubled, so that the older snapshot is a quarter to half as old', () => {
    const marked = run().flatMap(({ moves, state }) => (moves.some(({ move }) => move === 'mark') ? [state.t] : []))
    expect(marked).toEqual([8, 16, 32, 64, 128])
    expect(final(run()).marks).toEqual([64, 128])
  })

  it('sends a batch that is not finite back to the mean, with half the rate', () => {
    const steps = run({}, { ...noisy, broken: { 30: 'nan' } }, 31)
    expect(steps[29]?.moves.map(({ move }) => move)).toEqual(['measure', 'restore'])
    expect(steps[29]?.state).toEqual({
      ...(steps[28]?.state as ContactState),
      t: 30,
      rate: (steps[28]?.state.rate as number) / 2,
      deviation2: (steps[28]?.state.deviation2 as number) * 1.5,
      rejections: 1,
    })
    expect(steps[30]?.moves.at(-1)?.move).toBe('accept')
  })

  it('rejects an outlier only where the mean does twice as well on the same batch', () => {
    const outlier = run({}, { ...noisy, broken: { 30: 'outlier' } }, 30)
    expect(outlier[29]?.moves.map(({ move }) => move)).toEqual(['measure', 'observe', 'restore'])
    const trusting = run({ rejection: false }, { ...noisy, broken: { 30: 'outlier' } }, 30)
    expect(trusting[29]?.moves.map(({ move }) => move)).toEqual(['measure', 'accept'])
    expect(final(run({}, noisy, 600)).rejections).toBe(0)
  })

  it('survives a first batch that is not finite, and one without a gradient', () => {
    const late = run({}, { ...noisy, broken: { 1: 'nan' } })
    expect(contactOf(late).at).toBeGreaterThan(5)
    const flat = fakeDevice({ spectrum: [1], start: [0] }).run(contact(), facts, 3)
    expect(flat.map(({ moves }) => moves.at(-1))).toEqual(new Array(3).fill({ move: 'accept', rate: 0 }))
  })

  it('refuses a direction without constants by name, unless they are given', () => {
    expect(() => contact({ hold: 1 }).accepts?.({ name: 'stranger' })).toThrow(
      /cannot steer direction "stranger": it declares no growth, start, ratio/,
    )
    const given = contact({ growth: 0.1, hold: 1, start: 0.1, ratio: 1 })
    given.accepts?.({ name: 'stranger' })
    for (const direction of [nesterov(), qhAdamDirection(), lambDirection()])
      expect(() => contact().accepts?.(direction)).toThrow(
        `cannot steer direction "${direction.name}": it declares no growth, hold, start, ratio`,
      )
    expect(() => contact({ every: 0 })).toThrow(/contact: option "every" must be a whole number/)
  })

  it('prefers explicit constants to those of the direction', () => {
    const all = states(run({ growth: 0.2 }))
    expect((all[2]?.rate as number) / (all[1]?.rate as number)).toBeCloseTo(1.2, 12)
  })
})
