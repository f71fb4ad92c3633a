import { describe, expect, it } from 'vitest'
import { testBackend } from './backend.ts'
import { referenceBackend } from './reference-backend.ts'

testBackend({ describe, it, expect }, referenceBackend, { floats: 'float64', tolerance: 1e-12 })
