import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Backend,
  contact,
  cpu,
  type DataSplits,
  digits,
  digitsMlp,
  eosSgd,
  gainBoundary,
  heavyBall,
  lanczos,
  scaleLoss,
  type Task,
  type TrainingEvent,
  type TrainOptions,
  track,
  train,
} from './index.ts'

let backend: Backend
let data: DataSplits
let folder: string
beforeAll(async () => {
  backend = await cpu({ threads: 1 })
  data = await digits()
  folder = await mkdtemp(join(tmpdir(), 'eos-sgd-'))
})
afterAll(async () => {
  backend.dispose()
  await rm(folder, { recursive: true })
})

const task: Task = digitsMlp.task
const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  task,
  data: data.train,
  backend,
  batch: 32,
  until: { steps: 60 },
  ...more,
})
const collect = async (more: Partial<TrainOptions> = {}): Promise<TrainingEvent[]> => {
  const run = train(options(more))
  const events: TrainingEvent[] = []
  for await (const event of run) events.push(event)
  await run.dispose()
  return events
}
const steps = (events: readonly TrainingEvent[]) => events.flatMap((event) => (event.type === 'step' ? [event] : []))
const contactOf = (events: readonly TrainingEvent[]) => steps(events).find((event) => event.report['phase'] === 'hold')

describe('eosSgd', () => {
  it('with no argument finds a rate and learns', async () => {
    const events = await collect({ until: { steps: 150 }, evaluate: { data: data.validation, every: 150 } })
    const evaluations = events.flatMap((event) => (event.type === 'evaluation' ? [event] : []))
    expect(contactOf(events)?.step).toBeGreaterThan(5)
    expect(evaluations.at(-1)?.metrics['accuracy']).toBeGreaterThan(0.9)
  })

  it('does not see the scale of the loss: same contact step, same rate', async () => {
    const [plain, scaled] = [contactOf(await collect()), contactOf(await collect({ task: scaleLoss(task, 100) }))]
    expect(scaled?.step).toBe(plain?.step)
    expect(Math.abs((scaled?.rate as number) / (plain?.rate as number) - 1)).toBeLessThan(1e-3)
    expect(Math.abs((scaled?.loss as number) / (plain?.loss as number) - 1)).toBeLessThan(1e-2)
  })

  it.each([1e-8, 10])('recovers from a first guess of %f', async (guess) => {
    const events = steps(await collect({ algorithm: eosSgd({ rate: contact({ guess }) }), until: { steps: 100 } }))
    const last = events.at(-1)
    expect(last?.report['phase']).toBe('hold')
    expect(last?.loss).toBeLessThan(0.7 * (events[0]?.loss as number))
  })

  it('stays finite where layers have no gradient at all', async () => {
    const { model } = task
    const parameters = model.parameters.map((spec) =>
      spec.name === 'layers.0.bias' ? { ...spec, init: { kind: 'constant', value: -100 } as const } : spec,
    )
    const dead = { ...task, model: { ...model, parameters } }
    const events = await collect({ task: dead, until: { steps: 30 } })
    expect(events.filter((event) => event.type === 'rejection')).toEqual([])
    expect(steps(events).every((event) => Number.isFinite(event.loss))).toBe(true)
    expect(steps(events).at(-1)?.loss).toBeLessThan(steps(events)[0]?.loss as number)
  })

  it('takes the formula made safe, adding what the rule needs', async () => {
    const algorithm = eosSgd({ direction: heavyBall(), rate: track({ boundary: gainBoundary() }) })
    expect(algorithm.name).toMatch(/^heavy ball \+ track.* \+ power iteration/)
    const events = steps(await collect({ algorithm }))
    expect(events.every((event) => Number.isFinite(event.loss))).toBe(true)
    expect(events.at(-1)?.report['sharpness']).toBeGreaterThan(0)
  })

  it('refuses an estimator that cannot measure in its direction, by name', () => {
    const rate = track({ boundary: gainBoundary() })
    expect(() => eosSgd({ rate, curvature: lanczos() })).toThrow(
      /Lanczos needs a geometry with an inner product, and that of the direction "orthogonalised momentum" has none/,
    )
    expect(eosSgd({ rate, curvature: lanczos(), direction: heavyBall() }).name).toMatch(/Lanczos/)
  })
})

describe('train', () => {
  it('resumes on the CPU from a folder, bit for bit', async () => {
    const whole = steps(await collect({ until: { steps: 50 } })).map((event) => event.loss)
    const checkpoint = join(folder, 'resume')
    const controller = new AbortController()
    const head: number[] = []
    const first = train(options({ checkpoint, until: { steps: 50 }, signal: controller.signal }))
    for await (const event of first) {
      if (event.type !== 'step') continue
      head.push(event.loss)
      if (event.step === 21) controller.abort()
    }
    await first.dispose()
    const tail = await collect({ checkpoint, until: { steps: 50 } })
    expect(tail[0]).toMatchObject({ type: 'start', step: 21, resumed: true })
    expect([...head, ...steps(tail).map((event) => event.loss)]).toEqual(whole)
  })

  it('gives everything back to the backend', async () => {
    const before = backend.memory()
    await collect({ evaluate: { data: data.validation, every: 20 }, until: { steps: 30 } })
    expect(backend.memory()).toEqual(before)
  })

  it('saves weights as safetensors', async () => {
    const path = join(folder, 'model.safetensors')
    const run = train(options({ until: { steps: 2 } }))
    for await (const _ of run);
    await run.save(path)
    const bytes = await readFile(path)
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString())
    expect(header['layers.0.weight']).toMatchObject({ dtype: 'F32', shape: [64, 64] })
    await run.dispose()
  })

  it('leaves the event loop free', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    await collect({ until: { steps: 100 } })
    clearInterval(timer)
    expect(turns).toBeGreaterThan(3)
  })
})
