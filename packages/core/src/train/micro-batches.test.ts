import { cast, dataMean, greater, reduceMean, type Tensor } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../checkpoint/index.ts'
import { compose } from '../compose/compose.ts'
import { defineCurvatureEstimator, defineNoiseTracker, defineRateRule, defineReadout } from '../contracts/define.ts'
import type { HostArray } from '../contracts/graph-types.ts'
import type { Dataset, Model, Task } from '../contracts/model.ts'
import type { AnyAlgorithm } from '../index.ts'
import { referenceBackend } from '../testkit/reference-backend.ts'
import type { TrainingEvent } from './events.ts'
import { ball } from './fixtures/line.ts'
import type { TrainOptions } from './options.ts'
import { type Training, train } from './train.ts'

const counts = [1, 2, 3, 12]
const batch = 12

/** A curved model of two parameters; `normalise` and `drop` add batch statistics and random numbers. */
function network({ normalise = false, drop = false } = {}): Task {
  const model: Model = {
    name: 'network',
    parameters: (['a', 'b'] as const).map((name) => ({
      name,
      shape: [1],
      role: 'vector',
      init: { kind: 'constant', value: 0.7 },
    })),
    buffers: normalise ? [{ name: 'mean', shape: [1], role: 'vector', init: { kind: 'constant', value: 0 } }] : [],
    ...(drop ? { draws: { mask: [1] } } : {}),
    apply({ params, buffers }, inputs, mode) {
      let hidden = (inputs['x'] as Tensor).mul(params.get('a'))
      if (drop && mode === 'train') hidden = hidden.mul(cast(greater(inputs['mask'] as Tensor, 0.5), 'float32'))
      if (!normalise) return { output: hidden.mul(hidden).add(hidden).mul(params.get('b')) }
      const centre = dataMean(reduceMean(hidden, [0]))
      return {
        output: hidden.sub(centre).mul(hidden).mul(params.get('b')),
        buffers: buffers.map((_, mean) => mean.mul(0.9).add(centre.mul(0.1))),
      }
    },
  }
  return {
    name: 'network',
    model,
    fields: { x: { shape: [1], dtype: 'float32' }, y: { shape: [1], dtype: 'float32' } },
    inputs: ['x'],
    loss(output, { y }) {
      const error = output.sub(y as Tensor)
      return reduceMean(error.mul(error))
    },
  }
}

const data: Dataset = {
  name: 'waves',
  fields: network().fields,
  size: 48,
  read({ position }) {
    let at = position * batch
    return {
      next(out) {
        const size = Math.min(batch, 48 - at)
        for (let i = 0; i < size; i++) {
          ;(out['x'] as HostArray)[i] = Math.sin(at + i + 1)
          ;(out['y'] as HostArray)[i] = Math.cos(2 * (at + i)) + 0.5
        }
        at += size
        return size
      },
    }
  },
}

/** Sharpness by power iteration, and a tracker of losses elsewhere and on a slice. */
const sharpness = defineCurvatureEstimator<{ v: ReturnType<Parameters<typeof ball.init>[0]['zeros']> }>({
  name: 'power',
  cost: { gradients: 0, hvps: 2, forwards: 0 },
  init: (context) => ({ v: context.normal('power') }),
  estimate(context, { v }) {
    const unit = v.scale(v.norm().pow(-1))
    const product = context.hvp(unit)
    const next = product.scale(product.norm().pow(-1))
    return { sharpness: context.hvp(next).dot(next), state: { v: next } }
  },
})
const elsewhere = defineNoiseTracker<{ older: ReturnType<Parameters<typeof ball.init>[0]['zeros']> }>({
  name: 'elsewhere',
  signals: ['gap'],
  cost: { gradients: 0, hvps: 0, forwards: 2 },
  init: ({ point }) => ({ older: point.params }),
  update: (context, state) => ({
    signals: { gap: context.loss(context.mean.params).sub(context.loss(state.older)) },
    state,
  }),
})
const variance = defineNoiseTracker<{ readonly [key: string]: never }>({
  name: 'variance',
  signals: ['variance'],
  cost: { gradients: 0, hvps: 0, forwards: 0 },
  init: () => ({}),
  update: (context, state) => ({
    signals: { variance: context.gradientVariance() },
    state,
  }),
})
const cautious = (signals: readonly string[], rate = 0.02) =>
  defineRateRule<{ t: number }>({
    name: 'cautious',
    needs: signals,
    start: () => ({ t: 0 }),
    *step({ t }) {
      yield { move: 'measure', signals }
      const probed = yield { move: 'probe', rate: 2 * rate }
      if (t % 4 === 2) yield { move: 'restore' }
      else yield { move: 'accept', rate: (probed['loss'] as number) < 10 ? rate : rate / 2 }
      return { t: t + 1 }
    },
  })
const average = defineReadout({ name: 'average', weight: (n) => Math.min(1, 9 / (n + 8)) })
const steered = (): AnyAlgorithm =>
  compose({
    direction: ball,
    rate: cautious(['sharpness', 'gap']),
    curvature: sharpness,
    noise: elsewhere,
    readout: average,
  })

const options = (microBatches: number, more: Partial<TrainOptions> = {}): TrainOptions => ({
  task: network(),
  data,
  algorithm: steered(),
  backend: referenceBackend(),
  batch,
  microBatches,
  until: { steps: 10 },
  ...more,
})

/** Everything that a run says and ends with, as numbers. */
async function numbers(run: Training): Promise<number[]> {
  const found: number[] = []
  for await (const event of run as AsyncIterable<TrainingEvent>) {
    if (event.type === 'step') found.push(event.loss)
    if (event.type === 'measurement') found.push(...Object.values(event.signals))
  }
  for (const { data: values } of Object.values(await run.weights())) found.push(...values)
  return found
}
const expectAlike = (found: readonly number[], expected: readonly number[]): void => {
  expect(found.length).toBe(expected.length)
  found.forEach((value, i) => {
    const reference = expected[i] as number
    expect(Math.abs(value - reference)).toBeLessThanOrEqual(1e-6 * Math.abs(reference) + 1e-9)
  })
}

describe('micro-batches', () => {
  for (const [name, features] of Object.entries({
    'losses, eigenvalues, probes and averages': {},
    'random draws': { drop: true },
    'statistics that a model takes over the whole batch, with their buffers': { normalise: true },
  }))
    it(`leave alone: ${name}`, async () => {
      const task = network(features)
      const expected = await numbers(train(options(1, { task })))
      for (const count of counts.slice(1)) expectAlike(await numbers(train(options(count, { task }))), expected)
    })

  it('are the same step when it is fused', async () => {
    const fused = defineRateRule<{ t: number }>({
      name: 'fused',
      needs: [],
      start: () => ({ t: 0 }),
      *step({ t }) {
        yield { move: 'step', rate: 0.02, signals: ['sharpness'] }
        return { t: t + 1 }
      },
    })
    const algorithm = compose({ direction: ball, rate: fused, curvature: sharpness })
    const expected = await numbers(train(options(1, { algorithm })))
    expectAlike(await numbers(train(options(4, { algorithm }))), expected)
  })

  it('give the variance of the mean gradient from their spread', async () => {
    const still = compose({ direction: ball, rate: cautious(['variance'], 0), noise: variance })
    const [own, plain] = [
      train(options(4, { algorithm: still, until: { steps: 1 } })),
      Array.from({ length: 12 }, (_, i) => {
        const [a, b, x, y] = [0.7, 0.7, Math.sin(i + 1), Math.cos(2 * i) + 0.5]
        const hidden = a * x
        const error = 2 * ((hidden * hidden + hidden) * b - y)
        return [error * b * (2 * hidden + 1) * x, error * (hidden * hidden + hidden)]
      }),
    ]
    const mean = (rows: readonly number[][]): number[] =>
      [0, 1].map((k) => rows.reduce((sum, row) => sum + (row[k] as number), 0) / rows.length)
    const groups = [0, 1, 2, 3].map((i) => mean(plain.slice(3 * i, 3 * i + 3)))
    const centre = mean(groups)
    const squares = groups.map((row) => row.reduce((sum, g, k) => sum + (g - (centre[k] as number)) ** 2, 0))
    const expected = squares.reduce((sum, square) => sum + square, 0) / (4 * 3)
    for await (const event of own) {
      if (event.type !== 'measurement') continue
      expect(event.signals['variance']).toBeCloseTo(expected, 7)
    }
    const single = train(options(1, { algorithm: still, until: { steps: 1 } }))
    await expect(numbers(single)).rejects.toThrow(/variance of the gradient within a step needs micro-batches/)
  })

  it('slice every one of them where a part is asked for', async () => {
    const parts = compose({
      direction: ball,
      rate: cautious(['gap'], 0),
      noise: defineNoiseTracker<{ readonly [key: string]: never }>({
        name: 'thirds',
        signals: ['gap'],
        cost: { gradients: 0, hvps: 0, forwards: 1 },
        init: () => ({}),
        update: (context, state) => ({
          signals: {
            gap: [0, 1, 2]
              .map((i) => context.part(i, 3).loss())
              .reduce((sum, loss) => sum.add(loss))
              .div(3),
          },
          state,
        }),
      }),
    })
    let loss = Number.NaN
    for await (const event of train(options(2, { algorithm: parts, until: { steps: 1 } }))) {
      if (event.type === 'step') loss = event.loss
      if (event.type === 'measurement') expect(event.signals['gap']).toBeCloseTo(loss, 7)
    }
    expect(loss).toBeGreaterThan(0)
  })

  it('allocate nothing once the run is under way, and give everything back', async () => {
    const backend = referenceBackend()
    const run = train(options(3, { backend, until: { steps: 30 } }))
    let early = 0
    for await (const event of run) if (event.type === 'step' && event.step === 6) early = backend.memory().bytes
    expect(backend.memory().bytes).toBe(early)
    await run.dispose()
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0, programs: 0 })
  })

  it('resume bit for bit', async () => {
    const task = network({ drop: true })
    const whole = await numbers(train(options(3, { task })))
    const store = memoryStore()
    const head = await numbers(train(options(3, { task, checkpoint: { store }, until: { steps: 5 } })))
    const tail = await numbers(train(options(3, { task, checkpoint: { store } })))
    expect([...head.slice(0, -2), ...tail]).toEqual(whole)
  })
})
