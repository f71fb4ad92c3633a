import { expect } from 'vitest'
import type { TestApi } from './api.ts'

/** A runner that runs a kit's tests at once and tells which failed: how a kit is tested against what breaks a law. */
export async function failures(kit: (api: TestApi) => void): Promise<Record<string, string>> {
  const tests: [string, () => void | Promise<void>][] = []
  kit({ describe: (_, body) => body(), it: (name, body) => tests.push([name, body]), expect })
  const failed: Record<string, string> = {}
  for (const [name, body] of tests)
    try {
      await body()
    } catch (error) {
      failed[name] = (error as Error).message
    }
  return failed
}
