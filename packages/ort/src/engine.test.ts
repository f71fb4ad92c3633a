import { describe, expect, test } from 'vitest'
import type { Engine, EngineKind, EngineTensor } from './engine.ts'
import { addition, layers, model } from './models.fixture.ts'
import { openEngine } from './open-engine.ts'

const filled = (engine: Engine, shape: readonly number[], value: number): EngineTensor<'float32'> => {
  const tensor = engine.allocate('float32', shape)
  tensor.host.fill(value)
  return tensor
}

const kinds: readonly EngineKind[] = ['ffi', 'binding']

describe.each(kinds)('engine %s', (kind) => {
  const withEngine = async (use: (engine: Engine) => Promise<void>): Promise<void> => {
    const engine = openEngine({ engine: kind, threads: 2 })
    try {
      await use(engine)
    } finally {
      engine.dispose()
    }
  }

  test('says what it is', () =>
    withEngine(async (engine) => {
      expect(engine.kind).toBe(kind)
      expect(engine.version).toBe('1.30.0')
      expect(engine.threads).toBe(2)
      expect(engine.fallback).toBeUndefined()
    }))

  test('reads its inputs and writes its outputs in place', () =>
    withEngine(async (engine) => {
      const session = await engine.open(addition([2, 3]))
      expect(session.inputs).toEqual(['a', 'b'])
      expect(session.outputs).toEqual(['y'])
      const [a, b, y] = [filled(engine, [2, 3], 1), filled(engine, [2, 3], 2), filled(engine, [2, 3], -1)]
      const memory = y.host
      await session.run([a, b], [y])
      expect(y.host).toBe(memory)
      expect([...memory]).toEqual([3, 3, 3, 3, 3, 3])
      a.host.set([10, 20, 30, 40, 50, 60])
      await session.run([a, b], [y])
      expect([...memory]).toEqual([12, 22, 32, 42, 52, 62])
    }))

  test('follows buffers that swap between runs', () =>
    withEngine(async (engine) => {
      const session = await engine.open(addition([1]))
      const one = filled(engine, [1], 1)
      let [current, spare] = [filled(engine, [1], 0), filled(engine, [1], 0)]
      for (let step = 1; step <= 7; step += 1) {
        await session.run([current, one], [spare])
        ;[current, spare] = [spare, current]
        expect(current.host[0]).toBe(step)
        expect(spare.host[0]).toBe(step - 1)
      }
    }))

  test.each([2, 3, 5])('follows state that goes round %d buffers, beside a constant and a result', (count) =>
    withEngine(async (engine) => {
      const session = await engine.open(
        model(
          [
            ['s', 'float32', [1]],
            ['c', 'float32', [1]],
          ],
          [
            ['Add', ['s', 'c'], 'next'],
            ['Mul', ['s', 's'], 'square'],
          ],
          [
            ['next', 'float32', [1]],
            ['square', 'float32', [1]],
          ],
        ),
      )
      const [one, result] = [filled(engine, [1], 1), filled(engine, [1], 0)]
      const ring = Array.from({ length: count }, () => filled(engine, [1], 0))
      for (let step = 0; step < 4 * count; step += 1) {
        const [from, to] = [ring[step % count], ring[(step + 1) % count]] as [
          EngineTensor<'float32'>,
          EngineTensor<'float32'>,
        ]
        await session.run([from, one], [to, result])
        expect([from.host[0], to.host[0], result.host[0]]).toEqual([step, step + 1, step * step])
      }
    }),
  )

  test('alternates between two programs', () =>
    withEngine(async (engine) => {
      const add = await engine.open(addition([4]))
      const deep = await engine.open(layers(4, 3))
      const [a, b, y] = [filled(engine, [4], 1), filled(engine, [4], 1), filled(engine, [4], 0)]
      const [x, w, z] = [filled(engine, [4, 4], 0.5), filled(engine, [4, 4], 0.25), filled(engine, [4, 4], 0)]
      let expected = 0.5
      for (let layer = 0; layer < 3; layer += 1) expected = Math.tanh(expected * 4 * 0.25)
      for (let round = 0; round < 4; round += 1) {
        a.host.fill(round)
        z.host.fill(0)
        await add.run([a, b], [y])
        await deep.run([x, w], [z])
        expect([...y.host]).toEqual([round + 1, round + 1, round + 1, round + 1])
        expect(Number(z.host[5])).toBeCloseTo(expected, 6)
      }
    }))

  test.each([
    ['float32', 1.5],
    ['float64', 1 + 2 ** -40],
    ['int32', 2 ** 30 - 1],
    ['int64', 2n ** 40n],
  ] as const)('computes in %s', (type, value) =>
    withEngine(async (engine) => {
      const session = await engine.open(addition([3], type))
      const [a, b, y] = [engine.allocate(type, [3]), engine.allocate(type, [3]), engine.allocate(type, [3])]
      a.host.fill(value as never)
      b.host.fill(value as never)
      await session.run([a, b], [y])
      expect(y.host[2]).toBe(typeof value === 'bigint' ? value * 2n : value * 2)
    }),
  )

  test('holds booleans in bytes', () =>
    withEngine(async (engine) => {
      const session = await engine.open(
        model(
          [
            ['a', 'float32', [3]],
            ['b', 'float32', [3]],
          ],
          [['Greater', ['a', 'b'], 'y']],
          [['y', 'bool', [3]]],
        ),
      )
      const [a, b, y] = [filled(engine, [3], 0), filled(engine, [3], 0), engine.allocate('bool', [3])]
      a.host.set([1, 0, -1])
      await session.run([a, b], [y])
      expect([...y.host]).toEqual([1, 0, 0])
    }))

  test('takes scalars and empty tensors', () =>
    withEngine(async (engine) => {
      const scalar = await engine.open(addition([]))
      const [a, b, y] = [filled(engine, [], 1), filled(engine, [], 2), filled(engine, [], 0)]
      await scalar.run([a, b], [y])
      expect([...y.host]).toEqual([3])
      const empty = await engine.open(addition([0, 3]))
      const none = [filled(engine, [0, 3], 1), filled(engine, [0, 3], 2), filled(engine, [0, 3], 0)] as const
      await empty.run([none[0], none[1]], [none[2]])
      expect(none[2].host.length).toBe(0)
      expect(none[2].bytes).toBe(0)
    }))

  test('copies an input that is an output, and one result that is two outputs', () =>
    withEngine(async (engine) => {
      const session = await engine.open(
        model(
          [['a', 'float32', [2]]],
          [
            ['Identity', ['a'], 'y'],
            ['Identity', ['a'], 'z'],
          ],
          [
            ['y', 'float32', [2]],
            ['z', 'float32', [2]],
          ],
        ),
      )
      const [a, y, z] = [filled(engine, [2], 7), filled(engine, [2], 0), filled(engine, [2], 0)]
      await session.run([a], [y, z])
      a.host.fill(0)
      expect([...y.host, ...z.host]).toEqual([7, 7, 7, 7])
    }))

  test('counts what is alive, and is flat after disposal', () =>
    withEngine(async (engine) => {
      expect(engine.memory()).toEqual({ tensors: 0, bytes: 0, sessions: 0 })
      const tensor = engine.allocate('float64', [5])
      const session = await engine.open(addition([1]))
      expect(engine.memory()).toEqual({ tensors: 1, bytes: 40, sessions: 1 })
      for (let times = 0; times < 3; times += 1) {
        tensor.dispose()
        session.dispose()
      }
      expect(engine.memory()).toEqual({ tensors: 0, bytes: 0, sessions: 0 })
      expect(tensor.disposed).toBe(true)
    }))

  test('takes everything along when it is disposed, twice without harm', async () => {
    const engine = openEngine({ engine: kind, threads: 2 })
    const tensor = engine.allocate('float32', [5])
    const session = await engine.open(addition([5]))
    engine.dispose()
    engine.dispose()
    expect(engine.memory()).toEqual({ tensors: 0, bytes: 0, sessions: 0 })
    expect(() => tensor.host).toThrow('[ort] This float32[5] tensor was disposed.')
    await expect(session.run([], [])).rejects.toThrow('[ort] The session "model" was disposed.')
    expect(() => engine.allocate('float32', [1])).toThrow('[ort] The engine was disposed. Open a new one.')
    await expect(engine.open(addition([1]))).rejects.toThrow('[ort] The engine was disposed.')
  })

  test('lets a run in flight finish when everything is disposed', async () => {
    const engine = openEngine({ engine: kind, threads: 2 })
    const session = await engine.open(layers(64, 20))
    const [x, w, y] = [filled(engine, [64, 64], 1), filled(engine, [64, 64], 1), filled(engine, [64, 64], 0)]
    const memory = y.host
    const run = session.run([x, w], [y])
    engine.dispose()
    expect(engine.memory().sessions).toBe(1)
    await run
    expect(engine.memory()).toEqual({ tensors: 0, bytes: 0, sessions: 0 })
    expect(memory[0]).toBe(1)
  })

  test('refuses an engine that is disposed while a model compiles', async () => {
    const engine = openEngine({ engine: kind, threads: 2 })
    const opening = engine.open(layers(8, 10))
    engine.dispose()
    await expect(opening).rejects.toThrow('[ort] The engine was disposed.')
    expect(engine.memory().sessions).toBe(0)
  })

  test('opens again after the last engine was disposed', async () => {
    for (const threads of [1, 2, 1])
      await (async () => {
        const engine = openEngine({ engine: kind, threads })
        const session = await engine.open(addition([1]))
        const [a, y] = [filled(engine, [1], threads), filled(engine, [1], 0)]
        await session.run([a, a], [y])
        expect(y.host[0]).toBe(2 * threads)
        engine.dispose()
      })()
  })

  test('refuses bad arguments by name', () =>
    withEngine(async (engine) => {
      const session = await engine.open(addition([2]), { name: 'sum' })
      const [a, y] = [filled(engine, [2], 1), filled(engine, [2], 1)]
      const long = filled(engine, [3], 1)
      await expect(session.run([a], [y])).rejects.toThrow(
        '[ort] "sum" has 2 inputs, not 1. Pass one tensor for each of: a, b.',
      )
      await expect(session.run([a, y], [y])).rejects.toThrow(
        '[ort] The output "y" of "sum" is passed twice to one run. ' +
          'A program writes its outputs while it reads its inputs: give each output a tensor of its own.',
      )
      await expect(session.run([a, long], [y])).rejects.toThrow(
        /^\[ort\] "sum" failed while running\. .*b.* Got: 3 Expected: 2/,
      )
      a.dispose()
      await expect(session.run([a, y], [long])).rejects.toThrow(
        '[ort] The input "a" of "sum", float32[2], was disposed. Dispose tensors after the last run that uses them.',
      )
      const other = openEngine({ engine: kind, threads: 2 })
      await expect(session.run([other.allocate('float32', [2]), y], [long])).rejects.toThrow(
        '[ort] The input "a" of "sum" is not a tensor of this engine.',
      )
      other.dispose()
    }))

  test('refuses an output of the wrong shape and goes on afterwards', () =>
    withEngine(async (engine) => {
      const session = await engine.open(addition([2]), { name: 'sum' })
      const [a, y, long] = [filled(engine, [2], 1), filled(engine, [2], 0), filled(engine, [3], 1)]
      await expect(session.run([a, a], [long])).rejects.toThrow(/^\[ort\] "sum" failed while running\./)
      await session.run([a, a], [y])
      expect([...y.host]).toEqual([2, 2])
    }))

  test('refuses to overlap runs', () =>
    withEngine(async (engine) => {
      const session = await engine.open(layers(32, 10), { name: 'deep' })
      const other = await engine.open(layers(32, 1), { name: 'other' })
      const [x, w, y] = [filled(engine, [32, 32], 1), filled(engine, [32, 32], 1), filled(engine, [32, 32], 0)]
      const z = filled(engine, [32, 32], 0)
      const run = session.run([x, w], [y])
      expect([x.use, y.use, z.use]).toEqual(['read', 'written', 'free'])
      await expect(session.run([x, w], [z])).rejects.toThrow('[ort] The session "deep" is still running.')
      await expect(other.run([y, w], [z])).rejects.toThrow(
        '[ort] The input "x" of "other" is in use by an asynchronous run.',
      )
      await expect(other.run([z, w], [x])).rejects.toThrow(
        '[ort] The output "y" of "other" is in use by an asynchronous',
      )
      await Promise.all([run, other.run([x, w], [z])])
      expect([x.use, y.use, z.use]).toEqual(['free', 'free', 'free'])
      await session.run([x, w], [y])
    }))

  test('refuses what is no model, and shapes that are none', () =>
    withEngine(async (engine) => {
      await expect(engine.open(Uint8Array.of(1, 2, 3), { name: 'junk' })).rejects.toThrow(
        /^\[ort\] "junk" cannot be compiled\. .*protobuf parsing failed/,
      )
      expect(() => engine.allocate('float32', [2, -1])).toThrow('[ort] A tensor cannot have the shape [2, -1].')
      expect(() => engine.allocate('float32', [1.5])).toThrow('[ort] A tensor cannot have the shape [1.5].')
      expect(engine.memory()).toEqual({ tensors: 0, bytes: 0, sessions: 0 })
    }))
})
