/**
 * Conformance kits for the contracts of core, for any test runner: each takes its `describe`, `it` and `expect`.
 * @module
 */
export type { Matchers, TestApi } from './testkit/api.ts'
export { type BackendTestOptions, testBackend } from './testkit/backend.ts'
export { type Calls, type CountOptions, counted } from './testkit/count.ts'
export { type DatasetTestOptions, testDataset } from './testkit/dataset.ts'
export { type LabInputs, type LabOptions, type Laboratory, type LabValues, laboratory } from './testkit/lab.ts'
export { type QuadraticOptions, quadratic } from './testkit/quadratic.ts'
export { type RateRuleTestOptions, testRateRule } from './testkit/rate-rule.ts'
export { referenceBackend } from './testkit/reference-backend.ts'
