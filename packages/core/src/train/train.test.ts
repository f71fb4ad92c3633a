import { describe, expect, it } from 'vitest'
import { memoryStore } from '../checkpoint/index.ts'
import { compose } from '../compose/compose.ts'
import { defineReadout } from '../contracts/define.ts'
import { referenceBackend } from '../testkit/reference-backend.ts'
import type { TrainingEvent } from './events.ts'
import { collect, losses } from './fixtures/collect.ts'
import { ball, fixed, lineData, lineTask } from './fixtures/line.ts'
import type { TrainOptions } from './options.ts'
import { type Training, train } from './train.ts'

const rate = 0.05
const average = defineReadout({ name: 'average', weight: (n) => Math.min(1, 9 / (n + 8)) })
const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  task: lineTask,
  data: lineData(),
  algorithm: compose({ direction: ball, rate: fixed(rate) }),
  backend: referenceBackend(),
  batch: 4,
  until: { steps: 10 },
  ...more,
})
const parameters = async (run: Training): Promise<number[]> => {
  const { w, b } = await run.weights()
  return [w?.data[0] as number, b?.data[0] as number]
}

/** The same training in plain arithmetic. */
function plain(
  steps: number,
  start: readonly [number, number],
  samples: (step: number) => number[],
): { w: number; b: number; losses: number[] } {
  let [w, b] = start
  let [mw, mb] = [0, 0]
  const seen: number[] = []
  for (let t = 0; t < steps; t++) {
    const xs = samples(t)
    const errors = xs.map((x) => w * x + b - (3 * x - 1))
    seen.push(errors.reduce((sum, e) => sum + e * e, 0) / xs.length)
    mw = 0.9 * mw + (2 * errors.reduce((sum, e, i) => sum + e * (xs[i] as number), 0)) / xs.length
    mb = 0.9 * mb + (2 * errors.reduce((sum, e) => sum + e, 0)) / xs.length
    w -= rate * mw
    b -= rate * mb
  }
  return { w, b, losses: seen }
}

describe('train', () => {
  it('equals the same arithmetic written out', async () => {
    const run = train(options())
    const { w } = await run.weights()
    const samples = (t: number): number[] => {
      const [epoch, position] = [Math.floor(t / 3), t % 3]
      return [0, 1, 2, 3].map((i) => Math.sin(((position * 4 + i + epoch) % 12) + 1))
    }
    const expected = plain(10, [w?.data[0] as number, 0.5], samples)
    const events = await collect(run)
    losses(events).forEach((loss, i) => {
      expect(loss).toBeCloseTo(expected.losses[i] as number, 7)
    })
    const [weight, bias] = await parameters(run)
    expect(weight).toBeCloseTo(expected.w, 6)
    expect(bias).toBeCloseTo(expected.b, 6)
  })

  it('measure and accept do what the fused step does', async () => {
    const two = compose({ direction: ball, rate: fixed(rate, false) })
    const [a, b] = [await collect(train(options())), await collect(train(options({ algorithm: two })))]
    expect(losses(b)).toEqual(losses(a))
  })

  it('a rejected batch leaves nothing behind', async () => {
    const rejectingThird = (reject: boolean) => ({
      ...fixed(rate),
      *step({ t }: { t: number }) {
        yield { move: 'measure' as const }
        if (reject && t === 2) yield { move: 'restore' as const }
        else yield { move: 'accept' as const, rate }
        return { t: t + 1 }
      },
    })
    const run = train(
      options({ algorithm: compose({ direction: ball, rate: rejectingThird(true) }), until: { steps: 3 } }),
    )
    const events = await collect(run)
    expect(events.filter((e) => e.type === 'rejection')).toHaveLength(1)
    // Without an average the mean is the point of the last accepted step, before its update.
    const once = train(
      options({ algorithm: compose({ direction: ball, rate: rejectingThird(false) }), until: { steps: 1 } }),
    )
    await collect(once)
    expect(await parameters(run)).toEqual(await parameters(once))
  })

  it('evaluates the averaged weights, keeps the best, and reports both ends', async () => {
    const algorithm = compose({ direction: ball, rate: fixed(rate), readout: average })
    const run = train(options({ algorithm, evaluate: { data: lineData(7), every: 4 }, until: { steps: 10 } }))
    const evaluations = (await collect(run)).flatMap((e) => (e.type === 'evaluation' ? [e] : []))
    expect(evaluations.map((e) => e.step)).toEqual([0, 4, 8, 10])
    const lowest = evaluations.reduce((a, b) => (b.loss < a.loss ? b : a))
    expect(run.best).toEqual({ step: lowest.step, loss: lowest.loss })
    expect((await run.evaluate(lineData(7), { which: 'best' })).loss).toBeCloseTo(lowest.loss, 12)
  })

  it('evaluates a last partial batch with its own weight', async () => {
    const run = train(options())
    const whole = await run.evaluate(lineData(7), { batch: 7 })
    const parts = await run.evaluate(lineData(7), { batch: 3 })
    expect(parts.loss).toBeCloseTo(whole.loss, 12)
    expect(parts.metrics['bias']).toBeCloseTo(whole.metrics['bias'] as number, 12)
  })

  it('predicts for any number of samples', async () => {
    const run = train(options())
    const { data, shape } = await run.predict({ x: Float32Array.from([0, 1, 2, 3, 4]) }, { batch: 2 })
    const [w, b] = await parameters(run)
    expect(shape).toEqual([5, 1])
    data.forEach((y, x) => {
      expect(y).toBeCloseTo((w as number) * x + (b as number), 5)
    })
    await expect(run.predict({ x: new Float32Array(0) })).rejects.toThrow(/whole samples/)
  })

  it('freezes parameters by name', async () => {
    const run = train(options({ freeze: ['b'] }))
    await collect(run)
    expect((await parameters(run))[1]).toBe(0.5)
    expect(() => train(options({ freeze: ['c'] }))).toThrow(/no parameter "c" to freeze.*It has w, b/s)
  })

  it('divides reported losses by the scale of the loss', async () => {
    const scaled = {
      ...lineTask,
      loss: (...args: Parameters<typeof lineTask.loss>) => lineTask.loss(...args).mul(100),
      lossScale: 100,
    }
    const [a] = losses(await collect(train(options({ until: { steps: 1 } }))))
    const [b] = losses(await collect(train(options({ task: scaled, until: { steps: 1 } }))))
    expect(b).toBeCloseTo(a as number, 12)
  })

  it('goes on after a break, and stops on an abort signal', async () => {
    const run = train(options())
    for await (const event of run) if (event.type === 'step' && event.step === 4) break
    const rest = await collect(run)
    expect(rest.flatMap((e) => (e.type === 'step' ? [e.step] : []))).toEqual([5, 6, 7, 8, 9, 10])
    const controller = new AbortController()
    const aborted: TrainingEvent[] = []
    for await (const event of train(options({ signal: controller.signal }))) {
      aborted.push(event)
      if (event.type === 'step' && event.step === 3) controller.abort()
    }
    expect(aborted.at(-1)).toMatchObject({ type: 'end', step: 3, reason: 'aborted' })
  })

  it('resumes from a checkpoint bit for bit', async () => {
    const algorithm = compose({ direction: ball, rate: fixed(rate), readout: average })
    const whole = train(options({ algorithm }))
    const expected = losses(await collect(whole))
    const store = memoryStore()
    const controller = new AbortController()
    const head: TrainingEvent[] = []
    for await (const event of train(options({ algorithm, checkpoint: { store }, signal: controller.signal }))) {
      head.push(event)
      if (event.type === 'step' && event.step === 5) controller.abort()
    }
    expect(head.some((e) => e.type === 'checkpoint')).toBe(true)
    const tail = train(options({ algorithm, checkpoint: { store } }))
    const events = await collect(tail)
    expect(events[0]).toMatchObject({ type: 'start', step: 5, resumed: true })
    expect([...losses(head), ...losses(events)]).toEqual(expected)
    expect(await parameters(tail)).toEqual(await parameters(whole))
    expect((await tail.evaluate(lineData())).loss).toBe((await whole.evaluate(lineData())).loss)
  })

  it('refuses the checkpoint of another run, naming the difference', async () => {
    const store = memoryStore()
    await collect(train(options({ checkpoint: { store }, until: { steps: 2 } })))
    await expect(collect(train(options({ checkpoint: { store }, seed: 3 })))).rejects.toThrow(
      /its seed is 0, this run's 3/,
    )
  })

  it('allocates nothing once it is under way, and gives everything back', async () => {
    const backend = referenceBackend()
    const run = train(
      options({
        backend,
        algorithm: compose({ direction: ball, rate: fixed(rate, false), readout: average }),
        until: { steps: 40 },
      }),
    )
    let early = 0
    for await (const event of run) if (event.type === 'step' && event.step === 5) early = backend.memory().bytes
    expect(backend.memory().bytes).toBe(early)
    await run.dispose()
    await run.dispose()
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0, programs: 0 })
    await expect(run.weights()).rejects.toThrow(/disposed/)
  })

  it('refuses options that cannot work, in words', () => {
    expect(() => train(options({ until: {} }))).toThrow(/Nothing says when to stop/)
    expect(() => train(options({ batch: 13 }))).toThrow(/batch of 13 does not fit data set "line 12" of 12/)
    expect(() => train(options({ batch: 0 }))).toThrow(/Option batch must be a positive whole number/)
    expect(() => train(options({ microBatches: 3 }))).toThrow(
      /A batch of 4 samples does not divide into 3 micro-batches/,
    )
    const wrong = {
      ...lineData(),
      fields: { x: { shape: [2], dtype: 'float32' as const }, y: lineTask.fields['y'] as never },
    }
    expect(() => train(options({ data: wrong }))).toThrow(
      /reads "x" as float32\[1\] per sample, but data set "line 12" has float32\[2\]/,
    )
  })
})
