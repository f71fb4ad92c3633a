import { describe, expect, it } from 'vitest'
import { defaultRates, grids, type TunedRates, tunedAlgorithms, tunedSchema } from '../tune/tuned-rates.ts'
import { buildRow } from './build.ts'
import { catalogue, findRow } from './catalogue.ts'
import { demoRows, groups } from './groups.ts'
import type { Part, Row } from './row.ts'
import { selectRows } from './select.ts'

const build = (row: Row) => row.build({ workload: 'digits/mlp', steps: 100, spec: { name: row.name, rate: 0.01 } })
const costOf = (name: string): number => build(findRow(name)).cost

const tuned: TunedRates = {
  schema: tunedSchema,
  workload: 'digits/mlp',
  steps: 100,
  algorithms: { adam: { rate: 0.004, seed: 0, command: '', trials: [], versions: {} } },
}

describe('the catalogue', () => {
  it('has rows with names of their own, titles that fit into tables, and a sentence each', () => {
    expect(new Set(catalogue.map(({ name }) => name)).size).toBe(catalogue.length)
    expect(new Set(catalogue.map(({ title }) => title)).size).toBe(catalogue.length)
    for (const { name, title, description } of catalogue) {
      expect(title.length, name).toBeLessThanOrEqual(28)
      expect(description, name).toMatch(/^[A-Zet].*\.$/)
    }
  })

  it('composes every row', () => {
    for (const row of catalogue) expect(build(row).algorithm.name, row.name).not.toBe('')
  })

  /** What a part may change of the names that an algorithm is composed of: `direction + rule + ... + readout`. */
  const changed: Readonly<Record<Part, RegExp>> = {
    direction: /^(orthogonalised momentum|heavy ball|Nesterov|Adam|QHAdam|LAMB)$/,
    readout: /average/,
    'rate rule': /^(contact|temperature|track 2\/gain|power iteration|warm-up)$/,
    'noise term': /^(temperature|moving average|track .*)$/,
    'noise tracker': /^(temperature|moving average|two halves|within step)$/,
    decay: /^never$/,
    boundary: /^track .*$/,
    estimator: /^(power iteration|power iteration, Gauss-Newton|Lanczos|realised edge|secant)$/,
    cadence: /^never$/,
  }
  const parts = (name: string): readonly string[] => build(findRow(name)).algorithm.name.split(/ \+ (?!1 )/)

  it.each(catalogue.flatMap(({ name, change }) => (change ? [[name, change] as const] : [])))(
    '%s differs from its counterpart in nothing but what it says',
    (name, { part, from }) => {
      const [mine, theirs] = [parts(name), parts(from)]
      const apart = [...mine.filter((one) => !theirs.includes(one)), ...theirs.filter((one) => !mine.includes(one))]
      for (const one of apart) expect(one).toMatch(changed[part])
      // What is compared with is no exchange of the same part itself.
      expect(findRow(from).change?.part).not.toBe(part)
    },
  )

  it('counts what parts declare: forwards, gradients, Hessian products by how often they are asked for', () => {
    expect(costOf('adam-default')).toBe(1)
    expect(costOf('default')).toBeCloseTo(1 + 2 / 3 / 8, 12)
    expect(costOf('no-noise-term')).toBe(1)
    // Twenty products on the first batch, for runs of 100 steps.
    expect(costOf('formula-one-minus-mu')).toBeCloseTo(1 + 2 / 10 + 0.4, 12)
    expect(costOf('formula-literal')).toBe(3)
    expect(costOf('cadence-1')).toBeCloseTo(3.4, 12)
    expect(costOf('cadence-50')).toBeCloseTo(1 + 2 / 50 + 0.4, 12)
    expect(costOf('estimator-lanczos')).toBeCloseTo(1 + 4 / 10 + 0.8, 12)
    expect(costOf('estimator-gauss-newton')).toBeCloseTo(1 + 1 / 10 + 0.2, 12)
    expect(costOf('tracker-two-halves')).toBeCloseTo(1 + 2 / 10 + 0.4 + 1, 12)
  })

  it('has the four baselines of the mission at their declared and at a tuned rate', () => {
    for (const algorithm of ['sgd', 'adam', 'lamb', 'qhadam'] as const)
      for (const source of ['default', 'tuned'] as const)
        expect(findRow(`${algorithm}-${source}`).rate).toEqual({ algorithm, source })
    for (const algorithm of tunedAlgorithms) {
      expect(findRow(`${algorithm}-tuned`).rate?.source).toBe('tuned')
      expect(grids[algorithm]).toHaveLength(5)
      expect(defaultRates[algorithm]).toBeGreaterThan(0)
    }
  })
})

describe('selection', () => {
  const names = (wanted: readonly string[], workload = 'digits/mlp'): readonly string[] =>
    selectRows(wanted, workload, tuned).map(({ name }) => name)

  it('fills in declared and tuned rates', () => {
    expect(selectRows(['adam-tuned', 'lamb-default', 'default'], 'digits/mlp', tuned)).toEqual([
      { name: 'adam-tuned', rate: 0.004 },
      { name: 'lamb-default', rate: 0.001 },
      { name: 'default' },
    ])
  })

  it('spreads groups out, in the order given, every row once', () => {
    expect(names(['cadence', 'adam-tuned', 'estimators', 'cadence-1'])).toEqual([
      'formula-one-minus-mu',
      'cadence-1',
      'cadence-5',
      'cadence-50',
      'cadence-once',
      'adam-tuned',
      'estimator-quarter',
      'estimator-gauss-newton',
      'estimator-lanczos',
      'estimator-realised-edge',
      'estimator-secant',
    ])
  })

  it('takes with every exchanged part the row that it is compared with', () => {
    for (const group of ['directions', 'readouts', 'trackers', 'boundaries', 'estimators', 'cadence']) {
      const rows = names([group])
      expect(rows.length, group).toBeGreaterThan(2)
      const compared = rows.filter((name) => rows.includes(findRow(name).change?.from ?? ''))
      const references = new Set(compared.map((name) => findRow(name).change?.from))
      expect(
        rows.every((name) => compared.includes(name) || references.has(name)),
        group,
      ).toBe(true)
    }
    expect(names(['trackers'])).toContain('boundary-dimensionless-minus')
    expect(names(['boundaries'])).toContain('boundary-mission-plus')
  })

  it('knows what the aims of a workload are about', () => {
    const checks = ['default', 'adam-tuned', 'start-1e-8', 'start-10', 'loss-x100']
    expect(groups['acceptance']?.('text/gpt-tiny')).toEqual(checks)
    expect(groups['acceptance']?.('fashion-mnist/mlp')).toEqual([
      ...checks,
      'adam-direction',
      'heavy-ball',
      'sgd-tuned',
    ])
  })

  it('has all rows in `all`, and in `demo` what its three minutes hold', () => {
    expect(groups['all']?.('')).toHaveLength(catalogue.length)
    expect(demoRows).toHaveLength(14)
  })

  it('refuses an unknown name, and a tuned rate that nobody tuned', () => {
    expect(() => names(['default', 'lion'])).toThrow(/Unknown row "lion"\. Known: default, .*, acceptance, .*all/)
    expect(() => names(['lamb-tuned'], 'text/gpt-tiny')).toThrow(
      /lamb is not tuned on text\/gpt-tiny\. Run `eos tune --workload text\/gpt-tiny --algorithm lamb`/,
    )
  })
})

describe('rows of plugins', () => {
  it('track the edge with a boundary that reads the tracker', async () => {
    const context = { workload: 'digits/mlp', steps: 100 }
    const { algorithm } = await buildRow({ name: 'twoHalves', parts: { noise: 'twoHalves' } }, context)
    expect(algorithm.name).toContain('track 2/gain - 1 noise/signal + power iteration + two halves')
    await expect(buildRow({ name: 'x', parts: { curvature: 'secant', rate: 'contact' } }, context)).rejects.toThrow(
      /contact reads no sharpness/,
    )
  })
})
