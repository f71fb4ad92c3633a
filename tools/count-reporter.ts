import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/** What a run of the tests came to. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** The closing line of every test run: `N passed, N failed`, and `, N skipped` only when some were. */
export const countLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`

/**
 * Counts tests by their result. What failed outside any test counts as one failure each: a file or suite that could
 * not be loaded or set up, an error that no test caught, a test that never ended.
 */
export const count = (modules: readonly TestModule[], unhandled: readonly unknown[]): Counts => {
  const counts = { passed: 0, failed: unhandled.length, skipped: 0 }
  for (const module of modules) {
    counts.failed += module.errors().length
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      counts[state === 'pending' ? 'failed' : state]++
    }
  }
  return counts
}

/** Prints the closing line when the process ends; or writes it to the file that `EOS_COUNT_FILE` names. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const line = `${countLine(count(modules, unhandled))}\n`
    const file = process.env.EOS_COUNT_FILE
    if (file) writeFileSync(file, line)
    else process.once('exit', () => process.stdout.write(line))
  }
}
