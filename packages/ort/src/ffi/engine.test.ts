import { afterAll, expect, test, vi } from 'vitest'
import type { EngineTensor, Session } from '../engine.ts'
import { locateLibrary } from '../library.ts'
import { addition, layers } from '../models.fixture.ts'
import { openEngine } from '../open-engine.ts'
import { loadApi } from './api.ts'

const engine = openEngine({ engine: 'ffi', threads: 2 })
afterAll(() => engine.dispose())

const noise = (shape: readonly number[]): EngineTensor<'float32'> => {
  const tensor = engine.allocate('float32', shape)
  for (let index = 0; index < tensor.host.length; index += 1) tensor.host[index] = Math.sin(index * 1.7) * 0.1
  return tensor
}

const runNow = (session: Session, inputs: EngineTensor[], outputs: EngineTensor[]): void => {
  if (session.runNow === undefined) throw new Error('FFI sessions run synchronously.')
  session.runNow(inputs, outputs)
}

test('runs synchronously', async () => {
  const session = await engine.open(addition([2]))
  const [a, y] = [engine.allocate('float32', [2]), engine.allocate('float32', [2])]
  a.host.fill(4)
  runNow(session, [a, a], [y])
  expect([...y.host]).toEqual([8, 8])
  session.dispose()
  expect(() => runNow(session, [a, a], [y])).toThrow('[ort] The session "model" was disposed.')
})

test('binds what moves to and fro only once, and otherwise only what changed', async () => {
  const { call } = loadApi(locateLibrary())
  const [inputs, outputs] = [vi.spyOn(call, 'BindInput'), vi.spyOn(call, 'BindOutput')]
  const bindings = (): [number, number] => {
    const counts: [number, number] = [inputs.mock.calls.length, outputs.mock.calls.length]
    inputs.mockClear()
    outputs.mockClear()
    return counts
  }
  const session = await engine.open(addition([2]))
  const [a, b, c, one] = [noise([2]), noise([2]), noise([2]), noise([2])]
  runNow(session, [a, one], [b])
  runNow(session, [b, one], [a])
  expect(bindings()).toEqual([4, 2])
  for (let step = 0; step < 10; step += 1) {
    runNow(session, [a, one], [b])
    runNow(session, [b, one], [a])
  }
  expect(bindings()).toEqual([0, 0])
  runNow(session, [b, one], [c])
  expect(bindings()).toEqual([0, 1])
  vi.restoreAllMocks()
})

test('aligns tensors to 64 bytes', () => {
  for (const length of [1, 3, 1000]) {
    const { host } = engine.allocate('float32', [length])
    expect(host.byteOffset).toBeLessThan(64)
    expect(host.buffer.byteLength).toBeGreaterThanOrEqual(4 * length)
  }
})

test('leaves the event loop free while it runs', async () => {
  const session = await engine.open(layers(512, 60))
  const [x, w, y] = [noise([512, 512]), noise([512, 512]), engine.allocate('float32', [512, 512])]
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 1)
  const run = session.run([x, w], [y])
  let done = false
  void run.then(() => {
    done = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  // Several turns of the loop happen before a run of billions of operations ends.
  expect(done).toBe(false)
  await run
  clearInterval(timer)
  expect(turns).toBeGreaterThan(0)
  session.dispose()
})

test('gives the same bits now and aside, again and again', async () => {
  const session = await engine.open(layers(128, 4))
  const [x, w] = [noise([128, 128]), noise([128, 128])]
  const results = [0, 1, 2, 3].map(() => engine.allocate('float32', [128, 128]))
  for (const [index, y] of results.entries())
    if (index % 2 === 0) runNow(session, [x, w], [y])
    else await session.run([x, w], [y])
  for (const y of results.slice(1)) expect(y.host).toEqual(results[0]?.host)
  expect(results[0]?.host.some((value) => Number(value) !== 0)).toBe(true)
})

test('runs two sessions at once', async () => {
  const sessions = await Promise.all([engine.open(layers(64, 10)), engine.open(layers(64, 10))])
  const x = noise([64, 64])
  const outputs = sessions.map(() => engine.allocate('float32', [64, 64]))
  await Promise.all(sessions.map((session, index) => session.run([x, x], [outputs[index] as EngineTensor])))
  expect(outputs[0]?.host).toEqual(outputs[1]?.host)
})

test('serves engines of different thread counts in one process', async () => {
  const single = openEngine({ engine: 'ffi', threads: 1 })
  const session = await single.open(addition([100_000]))
  const [a, y] = [single.allocate('float32', [100_000]), single.allocate('float32', [100_000])]
  a.host.fill(1)
  runNow(session, [a, a], [y])
  expect(single.threads).toBe(1)
  expect(y.host.every((value) => value === 2)).toBe(true)
  single.dispose()
})

test('does not grow over thousands of tensors, bindings and sessions', async () => {
  const before = engine.memory()
  const churn = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      const session = await engine.open(addition([64]))
      const tensors = Array.from({ length: 30 }, () => engine.allocate('float32', [64]))
      for (let index = 2; index < tensors.length; index += 1)
        runNow(session, [tensors[0] as EngineTensor, tensors[1] as EngineTensor], [tensors[index] as EngineTensor])
      for (const tensor of tensors) tensor.dispose()
      session.dispose()
    }
  }
  await churn(200)
  const resident = process.memoryUsage.rss()
  await churn(400)
  expect(engine.memory()).toEqual(before)
  // 400 leaked sessions would hold some 40 MB, 12000 leaked values some 5 MB.
  expect(process.memoryUsage.rss() - resident).toBeLessThan(25e6)
})
