import { cpu } from '@eos-sgd/backend-cpu'
import { afterAll, describe, expect, it } from 'vitest'
import fixture from '../fixtures/optimizers.json' with { type: 'json' }
import { type Replay, replayed, trained } from '../fixtures/replay.ts'
import { adam, adamW, type Baseline, type BaselineOptions, lamb, qhAdam, sgd } from '../index.ts'

/**
 * Each baseline against the implementation that defines it, on a fixed sequence of gradients: PyTorch's SGD, Adam and
 * AdamW, and the formulas of the papers of QHAdam and LAMB (which equal `qhoptim` and timm's `Lamb` to 1e-15).
 */
const make: Readonly<Record<string, (options: BaselineOptions) => Baseline>> = { sgd, adam, adamW, lamb, qhAdam }
const { unit, start, cases } = fixture
const replay: Replay = { start, gradients: fixture.gradients.map((row) => row.map((g) => g * unit)) }

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))))

const backend = await cpu({ threads: 1 })
afterAll(() => backend.dispose())

const table = cases.map(({ optimizer, options, points }) => {
  const baseline = (make[optimizer] as (typeof make)[string])(options)
  const title = `${optimizer} of ${Object.entries(options).map(([key, value]) => `${key} ${value}`)}`
  return [title, baseline, points] as const
})

describe.each(table)('%s', (_, baseline, points) => {
  it('passes through the same points in float64, to 1e-9', () => {
    const found = replayed(baseline, replay)
    for (const [step, point] of Object.entries(points))
      expect(distance(found[Number(step) - 1]?.point as number[], point), `step ${step}`).toBeLessThan(1e-9)
  })

  it('ends at the same point on the processor in float32, to 1e-4', async () => {
    expect(distance(await trained(baseline, replay, backend), points['100'])).toBeLessThan(1e-4)
  })
})

it('has gradients that move the parameters far beyond the tolerances', () => {
  for (const { points } of cases) expect(distance(points['100'], points['1'])).toBeGreaterThan(0.3)
})
