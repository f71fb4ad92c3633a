import { counterRandom } from '@eos-sgd/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  arrays,
  classification,
  cpu,
  type Dataset,
  digitsMlp,
  eosSgd,
  gainBoundary,
  heavyBall,
  powerIteration,
  resnet8,
  type TrainOptions,
  track,
  train,
} from './index.ts'

let backend: Awaited<ReturnType<typeof cpu>>
beforeAll(async () => {
  backend = await cpu({ threads: 1 })
})
afterAll(() => backend.dispose())

/** Random images with labels: 64 of 12 x 12. */
function images(): Dataset {
  const draw = counterRandom(1, 'images')
  const x = Float32Array.from({ length: 64 * 144 }, () => draw.normal())
  return arrays({ x, label: Array.from({ length: 64 }, (_, i) => i % 10) }, { shapes: { x: [12, 12] }, classes: 10 })
}

/** Losses and signals of some steps, by name. */
async function observe(options: Omit<TrainOptions, 'backend'>): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {}
  const run = train({ ...options, backend })
  for await (const event of run) {
    if (event.type === 'step') found['loss'] = [...(found['loss'] ?? []), event.loss]
    if (event.type === 'measurement')
      for (const [name, value] of Object.entries(event.signals)) found[name] = [...(found[name] ?? []), value]
  }
  await run.dispose()
  return found
}

describe('1, 2 and 8 micro-batches on the CPU', () => {
  const algorithms = {
    'the default': () => eosSgd(),
    'the formula with eigenvalues at every step': () =>
      eosSgd({
        direction: heavyBall(),
        rate: track({ boundary: gainBoundary(), every: 1 }),
        curvature: powerIteration(),
      }),
  }
  /** Largest difference to the batch in one piece, relative to the largest value of a signal. */
  const compare = async (options: Omit<TrainOptions, 'backend'>): Promise<number> => {
    const whole = await observe(options)
    expect(whole['loss']?.length).toBe(options.until.steps)
    let most = 0
    for (const microBatches of [2, 8]) {
      const pieces = await observe({ ...options, microBatches })
      expect(Object.keys(pieces)).toEqual(Object.keys(whole))
      for (const [signal, values] of Object.entries(whole)) {
        const scale = Math.max(...values.map(Math.abs))
        values.forEach((value, step) => {
          most = Math.max(most, Math.abs((pieces[signal]?.[step] as number) - value) / scale)
        })
      }
    }
    return most
  }

  for (const [name, algorithm] of Object.entries(algorithms))
    it(`give the same losses and signals with ${name}`, async () => {
      const { train: data } = await digitsMlp.load()
      const task = digitsMlp.task
      expect(await compare({ task, data, batch: 32, until: { steps: 16 }, algorithm: algorithm() })).toBeLessThan(1e-4)
    })

  it('give the same with batch normalisation over the whole batch, and another loss without', async () => {
    const algorithm = algorithms['the formula with eigenvalues at every step']()
    const [data, until] = [images(), { steps: 3 }]
    const task = (statistics: 'batch' | 'microBatch') =>
      classification({ model: resnet8({ statistics }), shape: [12, 12], classes: 10 })
    expect(await compare({ task: task('batch'), data, batch: 16, until, algorithm })).toBeLessThan(1e-4)
    expect(await compare({ task: task('microBatch'), data, batch: 16, until, algorithm })).toBeGreaterThan(1e-3)
  })
})
