import { describe, expect, it } from 'vitest'
import { testSpec } from '../fixtures/synthetic.fixture.ts'
import { expand } from './expand.ts'
import { canonicalJson, cellId } from './spec.ts'

describe('expansion', () => {
  const plan = {
    workload: 'digits/mlp',
    rows: [{ name: 'default' }, { name: 'adam-tuned', rate: 0.004 }],
    seeds: [0, 1],
    steps: 100,
    evaluateEvery: 25,
    threads: 1,
    versions: { code: 'a' },
  }

  it('is rows by seeds, seed by seed', () => {
    expect(expand(plan).map(({ spec }) => `${spec.row.name} ${spec.seed}`)).toEqual([
      'default 0',
      'adam-tuned 0',
      'default 1',
      'adam-tuned 1',
    ])
  })

  it('gives the same ids every time, and others when anything changes that decides the result', () => {
    const ids = (change: object): string =>
      expand({ ...plan, ...change })
        .map(({ id }) => id)
        .join()
    expect(ids({})).toBe(ids({}))
    for (const change of [
      { steps: 101 },
      { seeds: [0, 2] },
      { workload: 'x' },
      { threads: 2 },
      { evaluateEvery: 5 },
      { versions: { code: 'b' } },
      { rows: [{ name: 'default' }, { name: 'adam-tuned', rate: 0.002 }] },
    ])
      expect(ids(change)).not.toBe(ids({}))
    expect(new Set(expand(plan).map(({ id }) => id)).size).toBe(4)
  })

  it('hashes a spec whatever the order of its keys', () => {
    expect(canonicalJson({ b: 1, a: { d: [1, null], c: 'x' } })).toBe('{"a":{"c":"x","d":[1,null]},"b":1}')
    const { seed, workload, ...rest } = testSpec({ name: 'default' })
    expect(cellId({ seed, ...rest, workload })).toBe(cellId({ workload, ...rest, seed }))
    expect(cellId(testSpec({ name: 'default' }))).toMatch(/^[0-9a-f]{16}$/)
  })
})
