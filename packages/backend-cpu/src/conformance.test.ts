import { testBackend } from '@eos-sgd/core/testkit'
import { describe, expect, it } from 'vitest'
import { cpu } from './cpu.ts'

for (const engine of ['ffi', 'binding'] as const)
  describe(`the CPU backend through ${engine}`, () => {
    testBackend({ describe, it, expect: expect as never }, () => cpu({ threads: 1, engine }))
  })
