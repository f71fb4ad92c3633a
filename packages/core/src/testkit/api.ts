import { EosError } from '@eos-sgd/graph'

/** The few assertions that the kits make. */
export interface Matchers {
  toBe(expected: unknown): unknown
  toEqual(expected: unknown): unknown
  toBeLessThanOrEqual(bound: number): unknown
}

/** What a kit needs from a test runner: the `describe`, `it` and `expect` of vitest, Jest, or Node's with any `expect`. */
export interface TestApi {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => void | Promise<void>): unknown
  expect(value: unknown, message?: string): Matchers
}

/** The `EosError` that `action` throws or rejects with; anything else, and no error at all, fails the test. */
export async function refusal(action: () => unknown): Promise<EosError> {
  try {
    await action()
  } catch (error) {
    if (error instanceof EosError) return error
    throw new Error(`Refused, but not by an EosError: ${error instanceof Error ? error.stack : String(error)}`)
  }
  throw new Error('This should have been refused by an EosError, but went through.')
}

/** Fails the test with a message. */
export function fail(message: string): never {
  throw new Error(message)
}
