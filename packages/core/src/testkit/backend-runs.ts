import * as g from '@eos-sgd/graph'
import { refusal } from './api.ts'
import { bits, counting, normals, numbers } from './arrays.ts'
import { backendCases } from './backend-cases.ts'
import { type BackendKit, scoped, typeOf } from './backend-kit.ts'

const type: g.TensorType = { shape: [2, 3], dtype: 'float32' }

/** `y = a x + b` of three inputs, and `sum(y)`. */
function line(name = 'line'): g.Graph {
  const [a, x, b] = [g.input('a', []), g.input('x', type.shape), g.input('b', type.shape)]
  const y = x.mul(a).add(b)
  return g.graph(name, { y, sum: g.reduceSum(y) })
}
const feeds = { a: g.ndarray(2, []), x: counting(type), b: g.ndarray(1, type.shape) }
const expected = [3, 5, 7, 9, 11, 13]

/** Laws of compile and run. */
export function testBackendRuns(kit: BackendKit): void {
  const { it, expect } = kit

  it('compiles a program that states its name, inputs and outputs', () =>
    scoped(kit, async ({ compile }) => {
      const { name, inputs, outputs } = await compile(line('a name with spaces/and slashes'))
      const types = (record: Readonly<Record<string, g.TensorType>>) =>
        Object.fromEntries(Object.entries(record).map(([key, value]) => [key, typeOf(value)]))
      expect(name).toBe('a name with spaces/and slashes')
      expect(types(inputs)).toEqual({ a: { shape: [], dtype: 'float32' }, x: type, b: type })
      expect(types(outputs)).toEqual({ y: type, sum: { shape: [], dtype: 'float32' } })
    }))

  it('writes its outputs, leaves its inputs, and allocates nothing', () =>
    scoped(kit, async ({ backend, compile, uploads, outputs }) => {
      const program = await compile(line())
      const [given, results] = [uploads(feeds), outputs(program)]
      const before = { ...backend.memory() }
      await program.run(given, results)
      expect({ ...backend.memory() }).toEqual(before)
      expect(numbers(await backend.download(results.y!))).toEqual(expected)
      expect(numbers(await backend.download(results.sum!))).toEqual([48])
      for (const [name, value] of Object.entries(feeds))
        expect(numbers(await backend.download(given[name]!))).toEqual([...value.data])
    }))

  it('takes one tensor for two inputs', () =>
    scoped(kit, async ({ backend, compile, uploads, upload, outputs }) => {
      const program = await compile(line())
      const results = outputs(program)
      const x = upload(counting(type))
      await program.run({ ...uploads({ a: feeds.a }), x, b: x }, results)
      expect(numbers(await backend.download(results.y!))).toEqual([3, 6, 9, 12, 15, 18])
    }))

  it('refuses missing and misshapen tensors, and one tensor in two places, by name; and still runs afterwards', () =>
    scoped(kit, async ({ backend, compile, uploads, upload, allocate, outputs }) => {
      const program = await compile(line('checked'))
      const [given, results] = [uploads(feeds), outputs(program)]
      const { x: _, ...withoutX } = given
      const { sum: __, ...withoutSum } = results
      const wrong: [string, typeof given, typeof results][] = [
        ['x', withoutX, results],
        ['sum', given, withoutSum],
        ['x', { ...given, x: upload(counting({ shape: [3, 2], dtype: 'float32' })) }, results],
        ['x', { ...given, x: upload(counting({ shape: [2, 3], dtype: 'int32' })) }, results],
        ['y', given, { ...results, y: allocate({ shape: [6], dtype: 'float32' }) }],
        ['y', given, { ...results, y: given.b! }],
      ]
      for (const [name, ins, outs] of wrong) {
        const { message } = await refusal(() => program.run(ins, outs))
        expect(
          message.includes(`"${name}"`) && message.includes('checked'),
          `names "${name}" of "checked": ${message}`,
        ).toBe(true)
      }
      const shared = allocate(type)
      const two = await compile(
        g.graph('two', { p: g.input('x', type.shape).mul(2), q: g.input('x2', type.shape).mul(3) }),
      )
      await refusal(() => two.run({ x: given.x!, x2: given.b! }, { p: shared, q: shared }))
      await program.run(given, results)
      expect(numbers(await backend.download(results.y!))).toEqual(expected)
    }))

  it('refuses disposed tensors and programs; disposing twice is a no-op', () =>
    scoped(kit, async ({ backend, compile, uploads, outputs }) => {
      const before = { ...backend.memory() }
      const program = await compile(line())
      expect(backend.memory().programs).toBe(before.programs + 1)
      const [given, results] = [uploads(feeds), outputs(program)]
      given.b!.dispose()
      await refusal(() => program.run(given, results))
      program.dispose()
      program.dispose()
      expect(backend.memory().programs).toBe(before.programs)
      await refusal(() => program.run(uploads(feeds), results))
    }))

  it('gives the same bits in every run, and from a second compilation', () =>
    scoped(kit, async ({ backend, compile, uploads, outputs }) => {
      const step = backendCases().find(({ name }) => name === 'MLP step')!
      const [first, second] = [await compile(step.graph), await compile(step.graph)]
      const given = uploads(step.feeds)
      const runs: number[][] = []
      for (const program of [first, first, second]) {
        const results = outputs(program)
        await program.run(given, results)
        const all: number[] = []
        for (const name of Object.keys(results).sort()) all.push(...bits(await backend.download(results[name]!)))
        runs.push(all)
      }
      expect(runs[1]).toEqual(runs[0])
      expect(runs[2]).toEqual(runs[0])
    }))

  it('lets buffers change places between runs', () =>
    scoped(kit, async ({ backend, compile, uploads, allocate }) => {
      const program = await compile(line())
      const { a, x, b } = uploads({ ...feeds, a: g.ndarray(0.5, []) })
      const sum = allocate({ shape: [], dtype: 'float32' })
      let [current, spare] = [x!, allocate(type)]
      let wanted = [...feeds.x.data]
      for (let i = 0; i < 10; i++) {
        await program.run({ a: a!, x: current, b: b! }, { y: spare, sum })
        ;[current, spare] = [spare, current]
        wanted = wanted.map((value) => 0.5 * value + 1)
        expect(numbers(await backend.download(current))).toEqual(wanted)
      }
    }))

  it('alternates two programs over the same buffers', () =>
    scoped(kit, async ({ backend, compile, upload, allocate }) => {
      const x = g.input('x', [4, 4])
      const [up, down] = [
        await compile(g.graph('up', { y: x.add(1) })),
        await compile(g.graph('down', { y: x.mul(0.5), norm: g.reduceSumSquare(x) })),
      ]
      const start = normals([4, 4], 'alternate')
      let [current, spare] = [upload(start), allocate({ shape: [4, 4], dtype: 'float32' })]
      const norm = allocate({ shape: [], dtype: 'float32' })
      let wanted = Float32Array.from(start.data)
      for (let i = 0; i < 10; i++) {
        await up.run({ x: current }, { y: spare })
        await down.run({ x: spare }, { y: current, norm })
        wanted = wanted.map((value) => Math.fround(value + 1) * 0.5)
      }
      const error = numbers(await backend.download(current)).map((value, i) => Math.abs(value - wanted[i]!))
      expect(Math.max(...error)).toBeLessThanOrEqual(1e-6)
      spare = current
    }))

  it('shows what was written between runs, whichever way it was written', () =>
    scoped(kit, async ({ backend, compile, uploads, upload, outputs }) => {
      const program = await compile(line())
      const [given, results] = [uploads(feeds), outputs(program)]
      const x = given.x!
      const other = upload(g.ndarray(10, type.shape))
      const result = async () => {
        await program.run(given, results)
        return numbers(await backend.download(results.y!))[0]
      }
      expect(await result()).toBe(3)
      backend.write(x, new Float32Array(6).fill(5))
      expect(await result()).toBe(11)
      backend.copy(other, x)
      expect(await result()).toBe(21)
      if (x.host) x.host[0] = 20
      expect(await result()).toBe(x.host ? 41 : 21)
    }))
}
