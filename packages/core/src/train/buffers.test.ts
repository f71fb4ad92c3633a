import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../checkpoint/index.ts'
import { compose } from '../compose/compose.ts'
import { defineNoiseTracker, defineRateRule, defineReadout } from '../contracts/define.ts'
import type { Move, RateRule } from '../contracts/rate-rule.ts'
import { loadWeights, saveWeights } from '../node/weights.ts'
import { referenceBackend } from '../testkit/reference-backend.ts'
import type { TrainingEvent } from './events.ts'
import { type CentredPoint, centredBatch, centredLoss, centredStart, centredTask } from './fixtures/centred.ts'
import { collect, losses } from './fixtures/collect.ts'
import { ball, fixed, lineData } from './fixtures/line.ts'
import type { TrainOptions } from './options.ts'
import { type Training, train, type Which } from './train.ts'

const rate = 0.05
const weight = (n: number): number => Math.min(1, 9 / (n + 8))
const readout = defineReadout({ name: 'average', weight })
const held = lineData(7)
const heldXs = Array.from({ length: 7 }, (_, i) => Math.sin(i + 1))

const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  task: centredTask,
  data: lineData(),
  algorithm: compose({ direction: ball, rate: fixed(rate), readout }),
  backend: referenceBackend(),
  batch: 4,
  until: { steps: 12 },
  ...more,
})
const pointOf = async (run: Training, which: Which = 'current'): Promise<CentredPoint> => {
  const weights = await run.weights({ which })
  const [w, b, running] = ['w', 'b', 'running'].map((name) => weights[name]?.data[0] as number) as [
    number,
    number,
    number,
  ]
  return { w, b, running }
}
const expectPoint = (found: CentredPoint, expected: CentredPoint): void => {
  for (const name of ['w', 'b', 'running'] as const) expect(found[name]).toBeCloseTo(expected[name], 6)
}
/** A rule that yields the given moves. */
const moving = (moves: (t: number) => readonly Move[], needs: readonly string[] = []): RateRule<{ t: number }> =>
  defineRateRule({
    name: 'moving',
    needs,
    start: () => ({ t: 0 }),
    *step({ t }) {
      for (const move of moves(t)) yield move
      return { t: t + 1 }
    },
  })
const accepting: Move[] = [{ move: 'measure' }, { move: 'accept', rate }]

/** The samples of a step: three batches of four to an epoch, which shifts them. */
const xsOf = (t: number): number[] =>
  [0, 1, 2, 3].map((i) => Math.sin((((t % 3) * 4 + i + Math.floor(t / 3)) % 12) + 1))

/** The training written out: point and mean after so many steps, of which some are rejected. */
function plain(steps: number, rejected: readonly number[] = [], frozen: readonly string[] = []) {
  let [point, mean] = [centredStart, centredStart]
  let momentum = { w: 0, b: 0 }
  let accepted = 0
  for (let t = 0; t < steps; t++) {
    const found = centredBatch(point, xsOf(t))
    if (rejected.includes(t)) {
      point = mean
      momentum = { w: 0, b: 0 }
      continue
    }
    const share = weight(++accepted)
    const mixed = (old: number, now: number): number => old + share * (now - old)
    const arriving = { ...point, running: found.running }
    mean = {
      w: mixed(mean.w, arriving.w),
      b: mixed(mean.b, arriving.b),
      running: mixed(mean.running, arriving.running),
    }
    const slope = (name: 'w' | 'b'): number => (frozen.includes(name) ? 0 : found[name])
    momentum = { w: 0.9 * momentum.w + slope('w'), b: 0.9 * momentum.b + slope('b') }
    point = { w: point.w - rate * momentum.w, b: point.b - rate * momentum.b, running: found.running }
  }
  return { point, mean }
}

describe('buffers move with their weights', () => {
  it.each([
    ['by one move', fixed(rate)],
    ['by two', fixed(rate, false)],
  ])('into the mean, with the same weights, %s', async (_, rule) => {
    const run = train(options({ algorithm: compose({ direction: ball, rate: rule, readout }) }))
    await collect(run)
    expectPoint(await pointOf(run), plain(12).mean)
  })

  it('are those of the last step where no average is kept', async () => {
    const run = train(options({ algorithm: compose({ direction: ball, rate: fixed(rate) }) }))
    await collect(run)
    expectPoint(await pointOf(run), plain(12).point)
  })

  it('back to the mean with a rejected batch, whose own statistics are dropped', async () => {
    const rule = moving((t) => [{ move: 'measure' }, t === 5 ? { move: 'restore' } : { move: 'accept', rate }])
    const algorithm = compose({ direction: ball, rate: rule, readout })
    const just = train(options({ algorithm, until: { steps: 6 } }))
    expect((await collect(just)).filter((event) => event.type === 'rejection')).toHaveLength(1)
    expectPoint(await pointOf(just), plain(5).mean)
    const later = train(options({ algorithm }))
    await collect(later)
    expectPoint(await pointOf(later), plain(12, [5]).mean)
  })

  it('to where they are evaluated: the mean at its own statistics', async () => {
    const run = train(options())
    await collect(run)
    const { mean, point } = plain(12)
    const { loss } = await run.evaluate(held)
    expect(loss).toBeCloseTo(centredLoss(mean, heldXs), 7)
    expect(Math.abs(loss - centredLoss({ ...mean, running: point.running }, heldXs))).toBeGreaterThan(1e-3)
    const { data } = await run.predict({ x: Float32Array.from([2]) })
    expect(data[0]).toBeCloseTo(2 * mean.w - mean.running + mean.b, 6)
    // Asking changes nothing.
    expectPoint(await pointOf(run), mean)
  })

  it('into the best point, which stays as it was', async () => {
    const algorithm = compose({ direction: ball, rate: fixed(0.35), readout })
    const run = train(options({ algorithm, evaluate: { data: held, every: 1 }, until: { steps: 20 } }))
    const points = new Map<number, CentredPoint>()
    for await (const event of run) if (event.type === 'evaluation') points.set(event.step, await pointOf(run))
    const { step, loss } = run.best as { step: number; loss: number }
    expect(step).toBeGreaterThan(0)
    expect(step).toBeLessThan(20)
    const best = await pointOf(run, 'best')
    expect(best).toEqual(points.get(step))
    expect(best.running).not.toBe((await pointOf(run)).running)
    expect(loss).toBeCloseTo(centredLoss(best, heldXs), 6)
    expect((await run.evaluate(held, { which: 'best' })).loss).toBe(loss)
  })

  it('through a checkpoint, bit for bit', async () => {
    const evaluate = { data: held, every: 3 }
    const whole = train(options({ evaluate }))
    const expected = losses(await collect(whole))
    const store = memoryStore()
    const controller = new AbortController()
    const head: TrainingEvent[] = []
    for await (const event of train(options({ evaluate, checkpoint: { store }, signal: controller.signal }))) {
      head.push(event)
      if (event.type === 'step' && event.step === 5) controller.abort()
    }
    const names = Object.keys((await store.read())?.manifest['values'] as object)
    expect(names).toEqual(
      expect.arrayContaining(['buffers/running', 'state/mean/buffers/running', 'best/buffers/running']),
    )
    const tail = train(options({ evaluate, checkpoint: { store } }))
    const events = await collect(tail)
    expect([...losses(head), ...losses(events)]).toEqual(expected)
    for (const which of ['current', 'best'] as const)
      expect(await pointOf(tail, which)).toEqual(await pointOf(whole, which))
  })

  it('into files of weights', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eos-buffers-'))
    try {
      const run = train(options())
      await collect(run)
      await saveWeights(join(folder, 'weights.safetensors'), await run.weights())
      const loaded = await loadWeights(join(folder, 'weights.safetensors'))
      expect(Object.keys(loaded).sort()).toEqual(['b', 'running', 'w'])
      expect(loaded['running']?.data[0]).toBe((await pointOf(run)).running)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('also where the weights are frozen', async () => {
    for (const freeze of [['w'], ['w', 'b']]) {
      const run = train(options({ freeze }))
      await collect(run)
      const expected = plain(12, [], freeze).mean
      expect(expected.running).not.toBeCloseTo(centredStart.running, 3)
      expectPoint(await pointOf(run), expected)
    }
  })
})

describe('buffers stay where they are', () => {
  const elsewhere = defineNoiseTracker({
    name: 'elsewhere',
    signals: ['gap', 'drop'],
    cost: { gradients: 0, hvps: 0, forwards: 2 },
    init: ({ point }) => ({ older: point.params }),
    update: (context, state) => {
      const atMean = context.loss(context.mean.params)
      return { signals: { gap: context.loss().sub(atMean), drop: context.loss(state.older).sub(atMean) }, state }
    },
    mark: ({ mean }) => ({ older: mean.params }),
  })
  const signals = ['gap', 'drop']
  const moves: Record<string, readonly Move[]> = {
    'a tracker takes the loss at other weights, in training mode': [{ move: 'measure', signals }, accepting[1] as Move],
    'a tracker observes before the measurement': [{ move: 'observe', signals }, ...accepting],
    'the rule probes a step': [{ move: 'measure' }, { move: 'probe', rate: 3 }, accepting[1] as Move],
    'a tracker remembers the mean': [{ move: 'measure' }, { move: 'mark' }, accepting[1] as Move],
  }

  it.each(Object.entries(moves))('where %s', async (_, list) => {
    const rule = moving(() => list, signals)
    const run = train(options({ algorithm: compose({ direction: ball, rate: rule, readout, noise: elsewhere }) }))
    const quiet = train(options({ algorithm: compose({ direction: ball, rate: fixed(rate, false), readout }) }))
    const [events, expected] = [await collect(run), await collect(quiet)]
    expect(losses(events)).toEqual(losses(expected))
    expect(await pointOf(run)).toEqual(await pointOf(quiet))
  })
})
