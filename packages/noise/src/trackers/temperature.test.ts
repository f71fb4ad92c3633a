import { describe, expect, it } from 'vitest'
import { testNoiseTracker, tracking } from '../testkit.ts'
import { temperature } from './temperature.ts'

const api = { describe, it, expect: expect as never }
testNoiseTracker(api, () => temperature())
testNoiseTracker(api, () => temperature({ part: 2 }))

describe('temperature', () => {
  it('compares the loss with that of the mean, and the mean with an older one', () => {
    const run = tracking(temperature(), [[2]], { start: [1] })
    const first = run.track([0], 0.25)
    expect(first).toMatchObject({ gap: 0, drop: 0 })
    const second = run.track([0], 0.25)
    expect(second['gap']).toBeCloseTo((second['loss'] as number) - (second['atMean'] as number), 12)
    // The initial weights are the older snapshot until the second mark.
    expect(second['drop']).toBeCloseTo(1 - (second['atMean'] as number), 12)
    run.mark()
    const third = run.track([0], 0.25)
    expect(third['drop']).toBeCloseTo(1 - (third['atMean'] as number), 12)
    run.mark()
    const older = run.lab.values()['state/tracker/older/theta']
    expect(older).toEqual([0.75])
    expect(run.lab.values()['state/tracker/newer/theta']).toEqual(run.lab.values()['state/mean/theta'])
  })
})
