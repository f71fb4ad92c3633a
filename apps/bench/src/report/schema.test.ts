import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageFolder } from '../entry-files.ts'
import { syntheticRun, testFacts } from '../fixtures/synthetic.fixture.ts'
import { buildReport } from './build.ts'

interface Schema {
  readonly $ref?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | false
  readonly items?: Schema
  readonly $defs?: Readonly<Record<string, Schema>>
}

const root = JSON.parse(readFileSync(path.join(packageFolder, 'docs/report.schema.json'), 'utf8')) as Schema

const typeOf = (value: unknown): readonly string[] => {
  if (value === null) return ['null']
  if (Array.isArray(value)) return ['array']
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value]
}

/** Where a value breaks the part of JSON Schema that ours uses; none where it fits. */
function faults(value: unknown, schema: Schema, at = '$'): readonly string[] {
  if (schema.$ref) return faults(value, root.$defs?.[schema.$ref.replace('#/$defs/', '')] as Schema, at)
  if (schema.anyOf) {
    const each = schema.anyOf.map((one) => faults(value, one, at))
    return each.some((found) => found.length === 0) ? [] : each.flat()
  }
  if (schema.const !== undefined && value !== schema.const) return [`${at} is not ${schema.const}`]
  if (schema.enum && !schema.enum.includes(value)) return [`${at} is none of ${schema.enum}`]
  if (schema.type && !typeOf(value).some((type) => [schema.type].flat().includes(type)))
    return [`${at} is no ${schema.type}`]
  if (schema.items)
    return (value as readonly unknown[]).flatMap((item, index) =>
      faults(item, schema.items as Schema, `${at}[${index}]`),
    )
  if (schema.type !== 'object') return []
  const fields = value as Readonly<Record<string, unknown>>
  const missing = (schema.required ?? []).filter((name) => !(name in fields)).map((name) => `${at} lacks ${name}`)
  const wrong = Object.entries(fields).flatMap(([name, field]) => {
    const known = schema.properties?.[name] ?? schema.additionalProperties
    return known ? faults(field, known, `${at}.${name}`) : [`${at} has an unknown ${name}`]
  })
  return [...missing, ...wrong]
}

describe('the schema of reports', () => {
  const { manifest, entries } = syntheticRun([
    { name: 'default', final: 0.04, tau: 20, sharpness: true },
    { name: 'formula-literal', final: 0.1, tau: 30, diverges: 50, variance: true },
    { name: 'adam-tuned', rate: 0.004, final: 0.05, tau: 40 },
  ])
  const failed = { schema: 'eos-sgd/cell-result@1', status: 'failed', reason: 'x', stderr: '' } as const

  it('fits reports with finished, failed and missing cells', () => {
    const partial = entries.map((entry, index) =>
      index < 2 ? { ...entry, series: undefined, result: index === 0 ? failed : undefined } : entry,
    )
    for (const cells of [entries, partial])
      expect(faults(JSON.parse(JSON.stringify(buildReport(manifest, cells, testFacts))), root)).toEqual([])
  })

  it('does not fit a report with a field too many, too few or of another type', () => {
    const report = JSON.parse(JSON.stringify(buildReport(manifest, entries, testFacts)))
    expect(faults({ ...report, extra: 1 }, root)).toEqual(['$ has an unknown extra'])
    expect(faults({ ...report, target: { loss: '1', rule: '' } }, root)).toEqual([
      '$.target lacks cells',
      '$.target.loss is no number,null',
    ])
  })
})
