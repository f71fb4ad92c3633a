import { describe, expect, it } from 'vitest'
import fixture from '../fixtures/averages.json' with { type: 'json' }
import { type CosineDecayOptions, constant, cosineDecay, linearDecay, schedule, warmUp } from './schedule.ts'

/** The rates of the first steps of a schedule. */
function rates(rule: ReturnType<typeof schedule>, steps: number): number[] {
  let state = rule.start()
  return Array.from({ length: steps }, () => {
    const driver = rule.step(state, { name: 'any' })
    const { value } = driver.next()
    state = driver.next({}).value as typeof state
    return (value as { readonly rate: number }).rate
  })
}

describe('cosineDecay', () => {
  const { rates: expected, ...options } = fixture.cosine
  it("equals PyTorch's CosineAnnealingLR up to the end of the run", () => {
    const found = rates(cosineDecay({ ...options, warmUp: 1 }), expected.length)
    for (const [t, rate] of found.entries()) expect(rate).toBeCloseTo(expected[t] as number, 14)
  })

  it('stays at its floor after the end, where PyTorch would rise again', () => {
    const found = rates(cosineDecay({ ...options, warmUp: 1 }), 100)
    for (const rate of found.slice(options.steps)) expect(rate).toBeCloseTo(options.rate * options.floor, 15)
    expect(rates(cosineDecay({ rate: 1, steps: 10 }), 12).slice(10)).toEqual([0, 0])
  })

  it('falls steadily after its rise, half way at half the way, with the same area on both sides', () => {
    const found = rates(cosineDecay({ rate: 2, steps: 40, warmUp: 4, floor: 0.5 }), 41)
    expect(found[20]).toBeCloseTo(1.5, 12)
    for (let t = 5; t <= 40; t++) expect(found[t] as number).toBeLessThan(found[t - 1] as number)
    for (let t = 4; t <= 36; t++) expect((found[t] as number) + (found[40 - t] as number)).toBeCloseTo(3, 12)
  })

  it('rises in twenty steps unless told otherwise, as linear decay does', () => {
    const options: CosineDecayOptions = { rate: 1, steps: 1000 }
    const [plain, risen] = [rates(cosineDecay({ ...options, warmUp: 1 }), 30), rates(cosineDecay(options), 30)]
    for (const [t, rate] of risen.entries())
      expect(rate).toBeCloseTo((plain[t] as number) * Math.min(1, (t + 1) / 20), 12)
  })

  it('refuses what makes no sense', () => {
    expect(() => cosineDecay({ rate: 1, steps: 10, floor: 1 })).toThrow(/cosineDecay: option "floor" must lie in/)
    expect(() => cosineDecay({ rate: 0, steps: 10 })).toThrow(/"rate" must be above 0/)
    expect(() => cosineDecay({ rate: 1, steps: 0 })).toThrow(/"steps" must be a whole number/)
  })
})

describe('the other schedules', () => {
  it('are constant, rise, and fall to zero', () => {
    expect(rates(constant(0.5), 3)).toEqual([0.5, 0.5, 0.5])
    expect(rates(warmUp(1, 4), 6)).toEqual([0.25, 0.5, 0.75, 1, 1, 1])
    expect(rates(linearDecay({ rate: 1, steps: 4, warmUp: 1 }), 6)).toEqual([1, 0.75, 0.5, 0.25, 0, 0])
  })

  it('refuse a rate that is not a number, by name and step', () => {
    expect(() =>
      rates(
        schedule((t) => 1 / (1 - t), 'odd'),
        3,
      ),
    ).toThrow(/Rule "odd" gave the rate Infinity for step 1/)
  })
})
