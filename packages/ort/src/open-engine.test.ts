import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { doctorFacts } from './doctor.ts'
import { OrtError } from './error.ts'
import { libraryVariable, locateLibrary } from './library.ts'
import { openEngine } from './open-engine.ts'
import { defaultThreads } from './threads.ts'

const before = process.env[libraryVariable]
afterEach(() => {
  if (before === undefined) delete process.env[libraryVariable]
  else process.env[libraryVariable] = before
})

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run()
  } catch (error) {
    return error instanceof OrtError ? error.code : String(error)
  }
  return undefined
}

test('prefers FFI, with a thread for each core', () => {
  const engine = openEngine()
  expect(engine.kind).toBe('ffi')
  expect(engine.threads).toBe(defaultThreads())
  engine.dispose()
})

test('finds the library by option, then variable, then package', () => {
  const own = locateLibrary()
  expect(own).toContain('onnxruntime-node')
  process.env[libraryVariable] = own
  expect(locateLibrary()).toBe(own)
  process.env[libraryVariable] = join(tmpdir(), 'none', 'libonnxruntime.so')
  expect(() => locateLibrary()).toThrow(
    /There is no ONNX Runtime library at .*\. Correct EOS_ORT_LIBRARY, or leave it out\./,
  )
  expect(locateLibrary(own)).toBe(own)
  process.env[libraryVariable] = ''
  expect(locateLibrary()).toBe(own)
})

test('falls back to the binding, and says why', () => {
  process.env[libraryVariable] = join(tmpdir(), 'none', 'libonnxruntime.so')
  const engine = openEngine({ threads: 1 })
  expect(engine.kind).toBe('binding')
  expect(engine.fallback).toMatch(/There is no ONNX Runtime library at/)
  engine.dispose()
})

test('does not fall back where a library or FFI is asked for', () => {
  const library = join(tmpdir(), 'none', 'libonnxruntime.so')
  expect(codeOf(() => openEngine({ library }))).toBe('ORT_LIBRARY_MISSING')
  process.env[libraryVariable] = library
  expect(codeOf(() => openEngine({ engine: 'ffi' }))).toBe('ORT_LIBRARY_MISSING')
})

test('refuses a file that is no library', () => {
  const folder = mkdtempSync(join(tmpdir(), 'eos-ort-'))
  const library = join(folder, 'libonnxruntime.so')
  writeFileSync(library, 'not a library')
  expect(codeOf(() => openEngine({ library }))).toBe('ORT_LIBRARY_LOAD')
  expect(() => openEngine({ library })).toThrow(/cannot be loaded as ONNX Runtime/)
  const { checks } = doctorFacts({ library })
  expect(checks.find(({ id }) => id === 'library')).toMatchObject({ status: 'error', found: library })
  rmSync(folder, { recursive: true })
})

test.each([0, -1, 1.5, Number.NaN, 4096])('refuses %d threads', (threads) => {
  expect(() => openEngine({ threads })).toThrow(
    `[ort] The number of threads must be an integer from 1 to 1024, not ${threads}. Leave it out to use every core.`,
  )
})

test('refuses an engine that does not exist', () => {
  expect(() => openEngine({ engine: 'gpu' as never })).toThrow(
    '[ort] There is no engine "gpu". Choose "auto", "ffi" or "binding".',
  )
})

test('the doctor finds this machine well', () => {
  const { checks, engine } = doctorFacts()
  expect(engine).toBe('ffi')
  expect(checks.filter(({ status }) => status !== 'ok')).toEqual([])
  expect(checks.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['platform', 'node', 'koffi', 'library', 'version', 'providers', 'threads', 'engine']),
  )
  expect(checks.find(({ id }) => id === 'providers')?.found).toContain('CPUExecutionProvider')
  expect(JSON.parse(JSON.stringify(checks))).toEqual(checks)
})

test('the doctor tells of the fallback, and what to do', () => {
  process.env[libraryVariable] = join(tmpdir(), 'none', 'libonnxruntime.so')
  const { checks, engine } = doctorFacts()
  expect(engine).toBe('binding')
  expect(checks.find(({ id }) => id === 'library')).toMatchObject({
    status: 'error',
    action: 'Correct EOS_ORT_LIBRARY, or leave it out.',
  })
  expect(checks.find(({ id }) => id === 'binding')).toMatchObject({ status: 'ok', found: '1.30.0' })
  expect(checks.find(({ id }) => id === 'engine')).toMatchObject({ status: 'warning', found: 'binding' })
})
