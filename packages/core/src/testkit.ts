/**
 * Conformance kits for the contracts of core, for any test runner: each takes its `describe`, `it` and `expect`.
 * @module
 */
export type { Matchers, TestApi } from './testkit/api.ts'
export { type BackendTestOptions, testBackend } from './testkit/backend.ts'
export { referenceBackend } from './testkit/reference-backend.ts'
