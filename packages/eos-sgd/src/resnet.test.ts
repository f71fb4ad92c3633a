import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadWeights } from '@eos-sgd/core/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Backend,
  classification,
  cpu,
  type DataSplits,
  digits,
  polynomialAverage,
  resnet8,
  sgd,
  type Training,
  type TrainOptions,
  train,
} from './index.ts'
import { losses, lossesUntil } from './losses.fixture.ts'

let backend: Backend
let data: DataSplits
let folder: string
beforeAll(async () => {
  backend = await cpu({ threads: 1 })
  data = await digits()
  folder = await mkdtemp(join(tmpdir(), 'eos-resnet-'))
})
afterAll(async () => {
  backend.dispose()
  await rm(folder, { recursive: true })
})

const task = classification({ model: resnet8(), shape: [8, 8], classes: 10 })
const buffers = task.model.buffers.map(({ name }) => name)
const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  task,
  data: data.train,
  backend,
  batch: 32,
  until: { steps: 40 },
  ...more,
})

describe('resnet8 on the CPU', () => {
  it('learns with the default, evaluates the averaged statistics, and saves them by the names of torchvision', async () => {
    const run = train(options({ until: { steps: 80 } }))
    const list = await losses(run)
    expect(list.at(-1)).toBeLessThan(0.5 * (list[0] as number))
    expect((await run.evaluate(data.validation)).metrics['accuracy']).toBeGreaterThan(0.8)
    const path = join(folder, 'model.safetensors')
    await run.save(path)
    const [saved, weights] = [await loadWeights(path), await run.weights()]
    expect(Object.keys(saved)).toEqual(expect.arrayContaining(['layer2.0.downsample.0.weight', ...buffers]))
    for (const name of buffers) {
      const start = name.endsWith('var') ? 1 : 0
      const values = [...(weights[name] as { data: Float32Array }).data]
      expect(
        values.every((value) => value !== start && Number.isFinite(value)),
        name,
      ).toBe(true)
      expect(saved[name]).toEqual(weights[name])
    }
    await run.dispose()
  })

  it('resumes bit for bit, running statistics and all', async () => {
    // One program instead of four: the rule does not matter here.
    const averaged = (more: Partial<TrainOptions> = {}): Training =>
      train(options({ algorithm: sgd({ rate: 0.1, readout: polynomialAverage() }), ...more }))
    const whole = averaged()
    const expected = await losses(whole)
    const checkpoint = join(folder, 'resume')
    const controller = new AbortController()
    const first = averaged({ checkpoint, signal: controller.signal })
    const head = await lossesUntil(first, 17, controller)
    const second = averaged({ checkpoint })
    expect([...head, ...(await losses(second))]).toEqual(expected)
    expect(await second.weights()).toEqual(await whole.weights())
    for (const run of [whole, first, second]) await run.dispose()
  })
})
