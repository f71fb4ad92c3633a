// Where koffi has no build for the platform, or was left out of the installation.
import { expect, test, vi } from 'vitest'
import { doctorFacts } from './doctor.ts'
import { addition } from './models.fixture.ts'
import { openEngine } from './open-engine.ts'

vi.mock('node:module', async (original) => {
  const real = await original<typeof import('node:module')>()
  const createRequire = (from: string) => {
    const require = real.createRequire(from)
    const guarded = (id: string): unknown => {
      if (id === 'koffi') throw new Error("Cannot find module 'koffi'")
      return require(id)
    }
    return Object.assign(guarded, { resolve: require.resolve })
  }
  return { ...real, createRequire }
})

test('without koffi the binding computes, and says why', async () => {
  const engine = openEngine({ threads: 1 })
  expect(engine.kind).toBe('binding')
  expect(engine.fallback).toBe(
    "[ort] The FFI library koffi cannot be loaded (Cannot find module 'koffi'). " +
      'Install koffi, or use the slower engine "binding".',
  )
  const session = await engine.open(addition([2]))
  expect(session.runNow).toBeUndefined()
  const [a, y] = [engine.allocate('float32', [2]), engine.allocate('float32', [2])]
  a.host.fill(2)
  await session.run([a, a], [y])
  expect([...y.host]).toEqual([4, 4])
  engine.dispose()
  expect(() => openEngine({ engine: 'ffi' })).toThrow('koffi cannot be loaded')
})

test('the doctor blames koffi, not the library', () => {
  const { checks, engine } = doctorFacts()
  expect(engine).toBe('binding')
  expect(checks.filter(({ status }) => status !== 'ok').map(({ id, status }) => [id, status])).toEqual([
    ['koffi', 'warning'],
    ['engine', 'warning'],
  ])
  expect(checks.find(({ id }) => id === 'koffi')?.action).toBe('Reinstall the dependencies; do not leave out koffi.')
})
