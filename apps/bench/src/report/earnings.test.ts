import { describe, expect, it } from 'vitest'
import { type MadeUp, syntheticRun, testFacts } from '../fixtures/synthetic.fixture.ts'
import type { RowSpec } from '../matrix/spec.ts'
import { buildReport } from './build.ts'
import { lossText } from './numbers.ts'
import type { Report } from './report.ts'

const reportOf = (rows: readonly (RowSpec & MadeUp)[], seeds: readonly number[] = [0, 1, 2]): Report => {
  const { manifest, entries } = syntheticRun(rows, seeds)
  return buildReport(manifest, entries, testFacts)
}

const main = { name: 'default', final: 0.04, tau: 20, sharpness: true } as const
const adam = { name: 'adam-tuned', rate: 0.004, final: 0.05, tau: 40 } as const
const worse = { name: 'no-noise-term', final: 0.06, tau: 20 } as const
const rows = [
  main,
  worse,
  { name: 'no-re-raise', final: 0.04, tau: 20 },
  { name: 'exponential-average', final: 0.03, tau: 20 },
  { name: 'reversed-noise-term', final: 0.1, tau: 30, diverges: 50 },
  adam,
] as const

describe('which part earns what', () => {
  const report = reportOf(rows)
  const row = (name: string) => report.rows.find((one) => one.name === name) as Report['rows'][number]
  const text = report.earnings.join('\n')

  it('is told from the rows in which one part is exchanged, paired by seed', () => {
    expect(report.effects.map((effect) => [effect.row, effect.part, effect.from])).toEqual([
      ['no-noise-term', 'noise term', 'default'],
      ['no-re-raise', 'noise term', 'default'],
      ['exponential-average', 'readout', 'default'],
      ['reversed-noise-term', 'noise term', 'default'],
    ])
    const [effect] = report.effects
    const [mine, theirs] = [row('no-noise-term'), row('default')].map((one) => one.finalLoss.values as number[])
    expect(effect?.finalLoss.differences).toEqual(mine?.map((value, seed) => value - (theirs?.[seed] as number)))
  })

  it('gives the figures of the table', () => {
    expect(text).toContain(
      `Noise term, against EoS-SGD (final ${lossText(row('default').finalLoss.median)}, target at step ${row('default').stepsToTarget.median}): without the noise term ${lossText(row('no-noise-term').finalLoss.median)} (+`,
    )
    expect(text).toContain('target never (later on every seed)')
  })

  it('says what is beyond the spread, the largest first, and what is not', () => {
    expect(text).toMatch(
      /In final loss against EoS-SGD: higher on every seed: noise term reversed \(noise term\) and without the noise term \(noise term \+0\.\d+\); lower on every seed: exponential average \(readout −0\.\d+\); no difference beyond the spread: without the re-raise \(noise term\)\./,
    )
    expect(text).toContain('3 seeds agree by chance in 1 of 4 cases')
    expect(text).toContain('noise term reversed not finite (higher on every seed, 3 of 3 diverged)')
  })

  it('makes do with the rows that there are', () => {
    expect(reportOf([worse, adam]).earnings).toEqual([])
    expect(reportOf([main, adam]).earnings).toEqual([])
    const formula = reportOf([
      { name: 'formula-one-minus-mu', final: 0.05, tau: 20 },
      { name: 'cadence-1', final: 0.04, tau: 20 },
    ]).earnings
    expect(formula[1]).toMatch(/^In final loss of the others, each against its own counterpart: lower on every seed/)
    expect(formula[2]).toMatch(/^Cadence, against formula, 2\(1 - mu\) \(final 0\.0\d+\): measured at every step/)
  })

  it('claims nothing of one seed', () => {
    const [lead, noise] = reportOf([main, worse, adam], [0]).earnings
    expect(lead).toContain('There is one seed, so nothing is known of the spread and nothing is claimed.')
    expect(noise).not.toContain('every seed')
  })

  it('warns where the default over-fits', () => {
    const { manifest, entries } = syntheticRun([main, worse])
    const last = (index: number): number => (entries[index]?.series?.evaluations.at(-1)?.loss ?? 0) * 2
    const overFitted = entries.map((entry, index) => ({
      ...entry,
      series: entry.series && {
        ...entry.series,
        evaluations: [...entry.series.evaluations, { step: 200, loss: last(index), accuracy: null }],
      },
    }))
    const { earnings, headline } = buildReport(manifest, overFitted, testFacts)
    expect(earnings.at(-1)).toMatch(/^EoS-SGD over-fits here: its lowest loss is 0\.0\d+, its final one 0\.0\d+/)
    expect(headline[0]).toMatch(/It over-fits: on the way it was as low as .*, which the best weights of a run keep\./)
  })
})
