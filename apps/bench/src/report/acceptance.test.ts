import { describe, expect, it } from 'vitest'
import { type MadeUp, syntheticRun, testFacts } from '../fixtures/synthetic.fixture.ts'
import type { RowSpec } from '../matrix/spec.ts'
import { acceptance } from './acceptance.ts'
import { buildReport } from './build.ts'

const claims = (rows: readonly (RowSpec & MadeUp)[], settings: object = {}): ReturnType<typeof acceptance> => {
  const { manifest, entries } = syntheticRun(rows)
  const report = buildReport(manifest, entries, testFacts)
  // The made-up runs have 200 steps; so many stand for the benchmark's 1,000.
  const benchmark = { ...report.settings, workload: 'fashion-mnist/mlp', steps: 1000, jobs: 1, ...settings }
  return acceptance({ ...report, settings: benchmark })
}

const adam = { name: 'adam-tuned', rate: 0.004, final: 0.25, tau: 40 } as const
const main = { name: 'default', final: 0.2, tau: 20, sharpness: true } as const

describe('stated aims', () => {
  it('are checked as far as the run has the rows for them', () => {
    const found = claims([main, adam])
    expect(found.map(({ holds }) => holds)).toEqual([true, true, true])
    expect(found[1]?.aim).toContain('at most 0.75 of the seconds')
    expect(found.every(({ cells }) => cells.length > 0)).toBe(true)
  })

  it('fail where they are missed', () => {
    const found = claims([{ ...main, final: 0.3, tau: 60 }, adam])
    expect(found.map(({ holds, measured }) => [holds, measured])).toEqual([
      [false, 'never'],
      [false, 'never'],
      [false, expect.stringMatching(/^0\.3/)],
    ])
  })

  it('say when the loss scale moves the contact, and when another direction falls behind', () => {
    const found = claims([main, adam, { ...main, name: 'loss-x100' }, { ...main, name: 'adam-direction', final: 0.3 }])
    expect(found.slice(3).map(({ holds }) => holds)).toEqual([true, true, false])
    expect(found[4]?.measured).toContain('contact at steps 60/60, 60/60, 60/60')
  })

  it('make no claim about seconds of runs that share the machine, nor about another workload', () => {
    expect(claims([main, adam], { jobs: 2 }).some(({ aim }) => aim.includes('seconds'))).toBe(false)
    expect(claims([main, adam], { workload: 'digits/mlp' })).toEqual([])
  })
})
