import { expect, it } from 'vitest'
import { examples, runExample } from '../../../tools/readme.ts'
import * as models from './index.ts'

it('the example of the README runs', async () => {
  const [example] = examples(new URL('../README.md', import.meta.url))
  const lines = await runExample(example as string, { '@eos-sgd/models': models })
  expect(lines[0]).toMatch(/^800 200 \{/)
  expect(lines[1]).toContain("1297 [ 'layers.0.weight [32,64]'")
})
