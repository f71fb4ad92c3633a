import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import { syntheticRun, testFacts } from '../fixtures/synthetic.fixture.ts'
import { catalogue } from '../rows/catalogue.ts'
import { buildReport } from './build.ts'
import { thin } from './curves.ts'
import { renderHtml } from './html.ts'
import type { Report } from './report.ts'
import { textTable } from './text-table.ts'

const run = syntheticRun([
  { name: 'default', final: 0.04, tau: 20, sharpness: true },
  { name: 'fixed-rate', final: 0.035, tau: 18 },
  { name: 'formula-literal', final: 0.1, tau: 30, diverges: 50, variance: true },
  { name: 'sgd-tuned', rate: 0.05, final: 0.08, tau: 60 },
  { name: 'adam-tuned', rate: 0.004, final: 0.05, tau: 40 },
])
const report = buildReport(run.manifest, run.entries, testFacts)
const row = (name: string) => report.rows.find((one) => one.name === name) as Report['rows'][number]

describe('report', () => {
  it('sets the target by tuned Adam and names the cells', () => {
    expect(report.target.loss).toBe(row('adam-tuned').finalLoss.median)
    expect(report.target.cells).toEqual(row('adam-tuned').cells)
    expect(row('adam-tuned').reached).toBeGreaterThanOrEqual(2)
  })

  it('counts misses and divergences', () => {
    expect(row('sgd-tuned')).toMatchObject({ reached: 0, divergences: 0 })
    expect(row('sgd-tuned').stepsToTarget).toEqual({ median: null, values: [null, null, null] })
    expect(row('formula-literal')).toMatchObject({ divergences: 3, reached: 0 })
    expect(row('formula-literal').finalLoss.median).toBeNull()
  })

  it('says in plain words where the default wins and where it loses', () => {
    const text = report.headline.join('\n')
    expect(text).toContain('reached the target loss of')
    expect(text).toContain('Where the default loses. It ends with a higher loss than fixed rate .02')
    expect(text).toMatch(/It ends with a lower loss than .*Adam, tuned rate .*formula, literal/)
    expect(text).toContain('Diverged: formula, literal in 3 of 3 runs.')
    expect(text).toContain('cannot show a difference')
  })

  it('says that the default loses where it does', () => {
    const lost = syntheticRun([
      { name: 'default', final: 0.2, tau: 90, sharpness: true },
      { name: 'adam-tuned', rate: 0.004, final: 0.05, tau: 40 },
    ])
    const text = buildReport(lost.manifest, lost.entries, testFacts).headline.join('\n')
    expect(text).toContain('missed the target loss of')
    expect(text).toContain('It ends with a higher loss than Adam, tuned rate')
  })

  it('reports a failed cell, goes on with the others, and says what has not run', () => {
    const entries = run.entries.map((entry, index) =>
      index === 0
        ? {
            ...entry,
            series: undefined,
            result: {
              schema: 'eos-sgd/cell-result@1',
              status: 'failed',
              reason: '[eos] It broke.',
              stderr: 'at x',
            } as const,
          }
        : index === 1
          ? { ...entry, series: undefined, result: undefined }
          : entry,
    )
    const partial = buildReport(run.manifest, entries, testFacts)
    expect(partial.rows[0]).toMatchObject({
      cells: [expect.any(String), expect.any(String)],
      failed: [run.entries[0]?.cell.id],
    })
    expect(partial.warnings.join('\n')).toContain(`Cell ${run.entries[0]?.cell.id} (default, seed 0) failed: It broke.`)
    expect(partial.warnings.join('\n')).toContain('1 cells have not run')
    expect(() => renderHtml(partial)).not.toThrow()
  })

  it('warns when seconds are of different machines', () => {
    const entries = run.entries.map((entry, index) =>
      index === 0 && entry.result?.status === 'done'
        ? { ...entry, result: { ...entry.result, hardware: { ...entry.result.hardware, cpu: 'another' } } }
        : entry,
    )
    expect(buildReport(run.manifest, entries, testFacts).warnings[0]).toContain('must not be compared')
  })

  it('says when rates were tuned for runs of another length', () => {
    expect(buildReport(run.manifest, run.entries, testFacts, { tunedFor: 200 }).warnings).toEqual(report.warnings)
    expect(buildReport(run.manifest, run.entries, testFacts, { tunedFor: 1000 }).warnings[0]).toBe(
      'Tuned rates were chosen by runs of 1000 steps, these have 200: tuned baselines are not at their best.',
    )
  })

  it('is JSON without loss', () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })
})

describe('table', () => {
  it('is aligned, has a line for each row and fits 120 columns', () => {
    const lines = textTable(report).split('\n')
    expect(lines.every((line) => line.length <= 120 || line.startsWith('Target'))).toBe(true)
    expect(lines.filter((line) => report.rows.some(({ title }) => line.startsWith(title)))).toHaveLength(5)
    expect(lines.find((line) => line.startsWith('formula, literal'))).toMatch(/never\s+never\s+0\/3\s+not finite/)
  })
})

describe('table of a task without accuracy', () => {
  it('has no columns of it', () => {
    const rows = report.rows.map((one) => ({ ...one, finalAccuracy: { median: null, values: [] } }))
    expect(textTable({ rows, target: report.target })).not.toContain('accuracy')
    expect(textTable(report)).toContain('accuracy')
  })
})

describe('page', () => {
  const html = renderHtml(report)
  const { document } = parseHTML(html)

  it('asks nothing of anybody: no link, script or image from outside', () => {
    expect(
      html.replaceAll('http://www.w3.org/2000/svg', '').replaceAll('http://www.w3.org/1999/xhtml', ''),
    ).not.toMatch(/https?:\/\/|@import|url\(/)
    expect(document.querySelectorAll('script, link, img, iframe, object')).toHaveLength(0)
  })

  it('cites existing cells beside every number', () => {
    const numbers = [...document.querySelectorAll('td.number')].filter(({ textContent }) =>
      /\d/.test(textContent ?? ''),
    )
    const known = new Set(report.cells.map(({ id }) => id))
    const uncited = numbers.filter(
      (cell) => !cell.hasAttribute('data-cells') && !cell.closest('tr')?.id.startsWith('cell-'),
    )
    expect(uncited).toEqual([])
    for (const cell of document.querySelectorAll('[data-cells]'))
      for (const id of (cell.getAttribute('data-cells') ?? '').split(' ').filter(Boolean)) {
        expect(known.has(id)).toBe(true)
        expect(document.getElementById(`cell-${id}`)).not.toBeNull()
      }
  })

  it('has the figures of the issue with a described panel for each row', () => {
    const panels = (id: string): number => document.querySelectorAll(`#figure-${id} svg[aria-label]`).length
    expect(panels('overview')).toBe(1)
    for (const id of ['loss', 'accuracy', 'rate']) expect(panels(id)).toBe(5)
    expect(panels('sharpness')).toBe(2)
    expect(panels('noise')).toBe(1)
    expect(panels('variance')).toBe(1)
  })

  it('states settings, target rule, hardware, versions and commands', () => {
    const text = document.querySelector('#settings')?.textContent ?? ''
    for (const part of [
      'mlp 64-64-32-10',
      '2,826 parameters',
      '1,297 to train on',
      'PyTorch default initialisation',
      'median over 3 seeds of tuned Adam',
      'Node v',
      'code test',
      'eos matrix --workload digits/mlp',
    ])
      expect(text).toContain(part)
  })

  it('stays legible and small with many rows: curves part by part, panels folded away family by family', () => {
    const several = [
      ['default', 1],
      ['ablation', 8],
      ['formula', 6],
      ['baseline', 4],
      ['check', 1],
    ] as const
    const some = several.flatMap(([kind, count]) => catalogue.filter((one) => one.kind === kind).slice(0, count))
    const many = syntheticRun(
      some.map(({ name, kind }) => ({
        name,
        final: 0.05,
        tau: 30,
        ...(kind === 'formula' ? { variance: true } : { sharpness: kind !== 'baseline' }),
        ...(kind === 'baseline' ? { rate: 0.01 } : {}),
      })),
    )
    const page = renderHtml(buildReport(many.manifest, many.entries, testFacts))
    const { document: all } = parseHTML(page)
    const figures = [...all.querySelectorAll('#figure-overview svg[aria-label]')]
    expect(figures.length).toBeGreaterThan(5)
    for (const svg of figures) expect(svg.getAttribute('aria-label')?.split(' ends at ').length).toBeLessThan(11)
    const folded = [...all.querySelectorAll('#figure-loss details')]
    expect(folded.map((one) => one.querySelectorAll('svg').length)).toEqual([9, 6, 4, 1])
    expect(folded.map((one) => one.hasAttribute('open'))).toEqual([true, false, false, false])
    expect(all.querySelectorAll('#table tr.family')).toHaveLength(4)
    expect(page.length).toBeLessThan(1_200_000)
  })

  it('tells which part earns what', () => {
    expect(document.querySelector('#earnings')?.textContent).toContain('Rate rule, against EoS-SGD')
  })

  it('stays small', () => {
    expect(html.length).toBeLessThan(1_000_000)
  })
})

describe('thinning out', () => {
  it('keeps the first and the last', () => {
    expect(thin([1, 2, 3], 5)).toEqual([1, 2, 3])
    expect(
      thin(
        Array.from({ length: 1001 }, (_, i) => i),
        11,
      ),
    ).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000])
  })
})
