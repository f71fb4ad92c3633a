import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  adam,
  type Backend,
  cpu,
  languageModel,
  type Training,
  type TrainOptions,
  textSplits,
  train,
  transformer,
} from './index.ts'
import { losses, lossesUntil } from './losses.fixture.ts'

const context = 16
const rhyme = 'the north wind doth blow, and we shall have snow, and what will robin do then, poor thing? '
const { train: data, validation, vocabulary } = textSplits(rhyme.repeat(40), { context, windows: 8 })
const taskOf = (dropout: number) => {
  const model = transformer({ vocabulary: vocabulary.size, context, width: 16, layers: 1, heads: 2, dropout })
  return languageModel({ model, vocabulary: vocabulary.size, context })
}

let backends: Backend[]
let folder: string
beforeAll(async () => {
  backends = [await cpu({ threads: 1 }), await cpu({ threads: 4 })]
  folder = await mkdtemp(join(tmpdir(), 'eos-transformer-'))
})
afterAll(async () => {
  for (const backend of backends) backend.dispose()
  await rm(folder, { recursive: true })
})

const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  task: taskOf(0),
  data,
  backend: backends[0] as Backend,
  batch: 16,
  until: { steps: 30 },
  ...more,
})

describe('a Transformer on the CPU', () => {
  it('learns a rhyme by heart with the default', async () => {
    const run = train(options({ until: { steps: 200 } }))
    await losses(run)
    const { loss, metrics } = await run.evaluate(validation)
    expect(loss).toBeLessThan(0.4)
    expect(metrics['accuracy']).toBeGreaterThan(0.8)
    await run.dispose()
  })

  it('takes the same steps on several threads, where many tokens share a row of the embedding', async () => {
    const runs = backends.map((backend) => train(options({ backend, batch: 128, algorithm: adam({ rate: 1e-2 }) })))
    const [one, four] = (await Promise.all(runs.map(losses))) as [number[], number[]]
    for (const [i, loss] of one.entries()) expect(four[i]).toBeCloseTo(loss, 3)
    for (const run of runs) await run.dispose()
  })

  it('resumes bit for bit with dropout, which evaluation does without', async () => {
    const dropping = (more: Partial<TrainOptions> = {}): Training =>
      train(options({ task: taskOf(0.2), algorithm: adam({ rate: 1e-2 }), ...more }))
    const whole = dropping()
    const expected = await losses(whole)
    const checkpoint = join(folder, 'resume')
    const controller = new AbortController()
    const first = dropping({ checkpoint, signal: controller.signal })
    const head = await lossesUntil(first, 11, controller)
    const second = dropping({ checkpoint })
    expect([...head, ...(await losses(second))]).toEqual(expected)
    expect(await second.evaluate(validation)).toEqual(await whole.evaluate(validation))
    for (const run of [whole, first, second]) await run.dispose()
  })
})
