import type { Backend } from '../contracts/backend.ts'
import type { TestApi } from './api.ts'
import type { BackendKit } from './backend-kit.ts'
import { testBackendMemory } from './backend-memory.ts'
import { testBackendNumbers } from './backend-numbers.ts'
import { testBackendRuns } from './backend-runs.ts'

/** What a backend's author may say about it. */
export interface BackendTestOptions {
  /** Largest error of float32 results, relative to the largest value of their tensor. 1e-5 by default. */
  readonly tolerance?: number
  /** How float32 tensors come back: as declared, or kept in float64, as the reference backend does. */
  readonly floats?: 'declared' | 'float64'
}

/**
 * The laws of {@link Backend}, for any runner: numbers against the float64 interpreter, refusals of wrong arguments,
 * memory that is given back to the last byte, determinism, and buffers that change places between runs.
 * One backend serves all tests and is disposed of by the last.
 *
 * @example
 * testBackend({ describe, it, expect }, () => cpu({ threads: 1 }))
 */
export function testBackend(
  api: TestApi,
  makeBackend: () => Backend | Promise<Backend>,
  options: BackendTestOptions = {},
): void {
  let made: Promise<Backend> | undefined
  const kit: BackendKit = {
    ...api,
    tolerance: options.tolerance ?? 1e-5,
    floats: options.floats ?? 'declared',
    backend: () => {
      made ??= Promise.resolve(makeBackend())
      return made
    },
  }
  api.describe('backend', () => {
    api.describe('memory', () => testBackendMemory(kit))
    api.describe('numbers', () => testBackendNumbers(kit))
    api.describe('runs', () => testBackendRuns(kit))
    api.it('ends with nothing held, and can be disposed of twice', async () => {
      const backend = await kit.backend()
      api.expect(backend.memory()).toEqual({ tensors: 0, bytes: 0, programs: 0 })
      backend.dispose()
      backend.dispose()
    })
  })
}
