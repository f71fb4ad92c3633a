import { digitsMlp } from '@eos-sgd/models'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cpu, eosSgd, gainBoundary, heavyBall, powerIteration, type TrainOptions, track, train } from './index.ts'

let backend: Awaited<ReturnType<typeof cpu>>
beforeAll(async () => {
  backend = await cpu({ threads: 1 })
})
afterAll(() => backend.dispose())

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
  for (const [name, algorithm] of Object.entries(algorithms))
    it(`give the same losses and signals with ${name}`, async () => {
      const { train: data } = await digitsMlp.load()
      const options = { task: digitsMlp.task, data, batch: 32, until: { steps: 16 } }
      const whole = await observe({ ...options, algorithm: algorithm() })
      expect(whole['loss']?.length).toBe(16)
      for (const microBatches of [2, 8]) {
        const pieces = await observe({ ...options, algorithm: algorithm(), microBatches })
        expect(Object.keys(pieces)).toEqual(Object.keys(whole))
        for (const [signal, values] of Object.entries(whole))
          values.forEach((value, step) => {
            const scale = Math.max(...values.map(Math.abs))
            expect(Math.abs((pieces[signal]?.[step] as number) - value) / scale).toBeLessThan(1e-4)
          })
      }
    })
})
