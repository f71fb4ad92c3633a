import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { syntheticRun, testSpec } from '../fixtures/synthetic.fixture.ts'
import { earlierCells } from './earlier-cells.ts'
import { type Calibration, estimateCells, totalSeconds } from './estimate.ts'
import { runFolder } from './run-folder.ts'
import { cellOf } from './spec.ts'

const cellNamed = (name: string, steps = 200) => cellOf(testSpec({ name }, 0, { steps, evaluateEvery: 50 }))
const adam: Calibration = { title: 'Adam', direction: 'Adam', cost: 1, step: 0.01, start: 2, evaluation: 0.1 }
const main: Calibration = { ...adam, title: 'the default', direction: 'polar', cost: 1.1, step: 0.022 }
const rows = new Map([
  ['default', { cost: 1.1, direction: 'polar' }],
  ['no-noise-term', { cost: 1, direction: 'polar' }],
  ['cadence-1', { cost: 3, direction: 'heavy ball' }],
])

describe('expected times', () => {
  const of = (names: readonly string[], calibrations: readonly Calibration[] = [adam, main]) =>
    estimateCells(
      names.map((name) => cellNamed(name)),
      rows,
      [],
      calibrations,
    )

  it('are start, steps and evaluations of a row of the same direction, in proportion to the declared costs', () => {
    const [known, plain, other] = of(['default', 'no-noise-term', 'cadence-1'])
    expect(known).toMatchObject({ seconds: 2 + 200 * 0.022 + 5 * 0.1, basis: 'steps as of the default' })
    expect(plain?.seconds).toBeCloseTo(2 + (200 * 0.022) / 1.1 + 5 * 0.1, 12)
    expect(plain?.basis).toBe('steps 0.91 x the default')
    expect(other).toMatchObject({ seconds: 2 + 200 * 0.03 + 5 * 0.1, basis: 'steps 3.00 x Adam' })
  })

  it('are what cells of the row took before, in proportion to the steps', () => {
    const earlier = [30, 50, 40].map((wall) => ({ row: 'default', steps: 400, wall }))
    const [known, other] = estimateCells([cellNamed('default'), cellNamed('cadence-1')], rows, earlier, [adam])
    expect(known).toMatchObject({ seconds: 20, basis: 'as it took before' })
    expect(other?.basis).toContain('Adam')
  })

  it('are not known where nothing is', () => {
    expect(of(['default'], [])[0]).toMatchObject({ seconds: null, basis: 'not known' })
    expect(totalSeconds(of(['default'], []), 2)).toBeNull()
  })

  it('add up over the jobs, and are never shorter than the longest cell', () => {
    const estimates = [3, 5, 4].map((seconds) => ({ cell: cellNamed('default'), seconds, basis: '' }))
    expect(totalSeconds(estimates, 1)).toBe(12)
    expect(totalSeconds(estimates, 2)).toBe(6)
    expect(totalSeconds(estimates, 8)).toBe(5)
    expect(totalSeconds([], 2)).toBe(0)
  })
})

describe('earlier cells', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'eos-earlier-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  const { manifest, entries } = syntheticRun([{ name: 'default', final: 0.1, tau: 9 }], [0, 1])
  const conditions = { workload: 'digits/mlp', threads: 1, jobs: 2 }

  it('are the finished ones of run folders under the same conditions', async () => {
    const run = runFolder(path.join(root, 'a'))
    await run.writeManifest(manifest)
    // A run that was interrupted does not say how long it took.
    for (const [index, { cell, result }] of entries.entries())
      if (result?.status === 'done') await run.writeResult(cell.id, index === 0 ? { ...result, wall: 7 } : result)
    expect(earlierCells(root, conditions)).toEqual([{ row: 'default', steps: 200, wall: 7 }])
    for (const other of [{ workload: 'x' }, { threads: 2 }, { jobs: 1 }])
      expect(earlierCells(root, { ...conditions, ...other })).toEqual([])
    expect(earlierCells(path.join(root, 'nothing'), conditions)).toEqual([])
  })
})
