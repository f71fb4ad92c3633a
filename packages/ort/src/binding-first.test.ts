// A file of its own, since test files run in processes of their own and this is about what a process does first.
import { expect, test } from 'vitest'
import { loadApi } from './ffi/api.ts'
import { check, create } from './ffi/status.ts'
import { locateLibrary } from './library.ts'
import { addition } from './models.fixture.ts'
import { openEngine } from './open-engine.ts'
import { lacksSharedPool } from './workarounds.ts'

test('FFI works where the binding made the environment, which then has no pool to share', async () => {
  const ort = await import('onnxruntime-node')
  await ort.InferenceSession.create(addition([1]))

  const api = loadApi(locateLibrary())
  const { call } = api
  const environment = create(api, (out) => call.CreateEnv(3, 'pin', out))
  const options = create(api, (out) => call.CreateSessionOptions(out))
  check(api, call.DisablePerSessionThreads(options))
  const bytes = addition([1])
  const open = () => create(api, (out) => call.CreateSessionFromArray(environment, bytes, bytes.length, options, out))
  // The message is all there is to recognise it by.
  expect(open).toThrow(/EnvCreatedWithGlobalThreadPools/)
  expect(lacksSharedPool('session_env.EnvCreatedWithGlobalThreadPools() was false.')).toBe(true)
  expect(lacksSharedPool('protobuf parsing failed')).toBe(false)
  call.ReleaseSessionOptions(options)
  call.ReleaseEnv(environment)

  const engine = openEngine({ engine: 'ffi', threads: 2 })
  const session = await engine.open(addition([2]))
  const [a, y] = [engine.allocate('float32', [2]), engine.allocate('float32', [2])]
  a.host.fill(5)
  await session.run([a, a], [y])
  expect([...y.host]).toEqual([10, 10])
  engine.dispose()
})
