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

  it('give the interval of a ratio over the seeds', () => {
    const [steps, seconds] = claims([main, adam])
    expect(steps?.measured).toMatch(/^0\.\d+ \(over 3 seeds from 0\.\d+ to 0\.\d+\)$/)
    expect(seconds?.measured).toMatch(/^\d\.\d+: .* s of .* s \(over 3 seeds from \d\.\d+ to \d\.\d+\)$/)
    const [missed] = claims([{ ...main, final: 0.3 }, adam])
    expect(missed?.measured).toBe('never')
  })

  it('are other ones for other networks, and need the whole length of a run', () => {
    const rows = [main, adam, { ...main, name: 'start-10' }, { ...main, name: 'adam-direction', final: 0.3 }]
    const found = claims(rows, { workload: 'text/gpt-tiny' })
    expect(found.map(({ aim }) => aim)).toEqual([
      'The default reaches the target in at most 0.85 of the steps (median).',
      'The default reaches the target in fewer seconds than a tuned Adam run (medians).',
      'starting guess 10: nothing diverges.',
    ])
    expect(found.map(({ holds }) => holds)).toEqual([true, true, true])
    const resnet = claims(rows, { workload: 'fashion-mnist/resnet8', steps: 600 })
    expect(resnet[0]?.aim).toContain('at most 0.9 of the steps')
    expect(claims(rows, { workload: 'fashion-mnist/resnet8' })).toEqual([])
  })

  it('make no claim about seconds of runs that share the machine, nor about another workload', () => {
    expect(claims([main, adam], { jobs: 2 }).some(({ aim }) => aim.includes('seconds'))).toBe(false)
    expect(claims([main, adam], { workload: 'digits/mlp' })).toEqual([])
  })
})
