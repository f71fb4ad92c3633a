import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as everything from './index.ts'

it('runs the example of the README, which is at most 15 lines', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = readme.match(/```ts\n([\s\S]*?)```/)?.[1] ?? ''
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(15)
  const [, names = '', body = ''] = example.match(/import \{([^}]*)\} from '@eos-sgd\/graph'\n([\s\S]*)/) ?? []
  const shown: unknown[] = []
  const run = new Function(
    'graphs',
    'console',
    `const {${names}} = graphs\n${body.replaceAll(' as const', '')}\nreturn bytes`,
  )
  const bytes: Uint8Array = run(everything, { log: (value: unknown) => shown.push(value) })
  expect(shown).toEqual([{ loss: expect.anything(), gradient: expect.anything(), Hv: expect.anything() }])
  expect(Object.keys(everything.readOnnx(bytes).inputs)).toEqual(['x', 'target', 'w', 'v'])
})

it('names every operator in the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const table = readme.slice(readme.indexOf('## Operators'), readme.indexOf('## Limits'))
  const missing = Object.keys(everything.operators).filter((type) => !new RegExp(`\\b${type}\\b`).test(table))
  expect(missing).toEqual(['Input', 'Constant'])
})
