import { expect, test } from 'vitest'
import type { Engine } from './engine.ts'
import { loadApi, loadKoffi } from './ffi/api.ts'
import { locateLibrary } from './library.ts'
import { addition, layers } from './models.fixture.ts'
import { openEngine } from './open-engine.ts'
import { supportedVersion, testedVersion } from './workarounds.ts'

// Each test pins a behaviour of this version: look at the work-around again when one fails after an upgrade.
test('the tested version is the installed one', () => {
  expect(loadApi(locateLibrary()).version).toBe(testedVersion)
})

test('versions whose table is unknown are refused', () => {
  expect(['1.23.0', '1.30.0', '1.41.2'].map(supportedVersion)).toEqual([true, true, true])
  expect(['1.22.1', '0.5.0', '2.0.0', 'nonsense'].map(supportedVersion)).toEqual([false, false, false, false])
})

test('koffi runs native code on stacks of 8 MiB', () => {
  const { sync_stack_size, async_stack_size } = loadKoffi().config()
  expect([sync_stack_size, async_stack_size]).toEqual([8 * 2 ** 20, 8 * 2 ** 20])
})

test('a graph of thousands of nodes compiles on such a stack', async () => {
  const engine = openEngine({ engine: 'ffi', threads: 1 })
  const session = await engine.open(layers(2, 2000))
  expect(session.outputs).toEqual(['y'])
  engine.dispose()
})

test('outputs that the binding is given are not the ones that it returns', async () => {
  const ort = await import('onnxruntime-node')
  const session = await ort.InferenceSession.create(addition([2]))
  const input = new ort.Tensor('float32', new Float32Array(2).fill(1), [2])
  const given = new Float32Array(2)
  const results = await session.run({ a: input, b: input }, { y: new ort.Tensor('float32', given, [2]) })
  // Were it `given`, the copy of the binding engine could go.
  expect(results.y?.data).toEqual(Float32Array.of(2, 2))
  expect(results.y?.data).not.toBe(given)
  await session.release()
})

const compute = async (engine: Engine): Promise<number> => {
  const session = await engine.open(addition([2]))
  const [a, y] = [engine.allocate('float32', [2]), engine.allocate('float32', [2])]
  a.host.fill(3)
  await session.run([a, a], [y])
  return Number(y.host[1])
}

test('both engines work in one process, the binding second', async () => {
  const engines = [openEngine({ engine: 'ffi', threads: 2 }), openEngine({ engine: 'binding', threads: 2 })]
  expect(await Promise.all(engines.map(compute))).toEqual([6, 6])
  for (const engine of engines) engine.dispose()
})

test('opening an engine leaves the arithmetic of JavaScript alone', async () => {
  const engine = openEngine({ engine: 'ffi', threads: 2 })
  await compute(engine)
  // Not a constant expression, which the compiler would fold.
  expect(1e-310 * Number('0.5')).toBe(5e-311)
  engine.dispose()
})
