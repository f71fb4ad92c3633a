// A file of its own: it changes how its process computes.
import { expect, test } from 'vitest'
import { loadApi } from './ffi/api.ts'
import { check, create } from './ffi/status.ts'
import { locateLibrary } from './library.ts'
import { addition } from './models.fixture.ts'
import { sessionSettings } from './workarounds.ts'

test('flushing denormals changes the arithmetic of JavaScript, so it is never asked for', () => {
  const api = loadApi(locateLibrary())
  const { call } = api
  // Not a constant expression, which the compiler would fold.
  const half = (value: number): number => value * Number('0.5')
  expect(half(1e-310)).toBe(5e-311)

  const environment = create(api, (out) => call.CreateEnv(3, 'pin', out))
  const options = create(api, (out) => call.CreateSessionOptions(out))
  check(api, call.AddSessionConfigEntry(options, 'session.set_denormal_as_zero', '1'))
  const bytes = addition([1])
  const session = create(api, (out) => call.CreateSessionFromArray(environment, bytes, bytes.length, options, out))
  const flushed = half(1e-310)
  call.ReleaseSession(session)
  call.ReleaseSessionOptions(options)
  call.ReleaseEnv(environment)
  expect(flushed).toBe(0)

  for (const pool of ['shared', 'own'] as const)
    expect(Object.keys(sessionSettings(pool))).not.toContain('session.set_denormal_as_zero')
})
