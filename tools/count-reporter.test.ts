import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
let folder: string | undefined

afterEach(() => folder && rmSync(folder, { recursive: true, force: true }))

/** Runs one test file with the reporter, in a folder of its own, and hands back the exit code and the last line. */
const closing = (source: string): [code: number | null, line: string | undefined] => {
  // Inside the repository, so that the file finds vitest.
  folder = mkdtempSync(path.join(root, 'node_modules', '.count reporter-'))
  writeFileSync(path.join(folder, 'a.test.js'), `import { afterAll, expect, test } from 'vitest'\n${source}`)
  writeFileSync(path.join(folder, 'vitest.config.js'), 'export default { test: { exclude: [] } }\n')
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporter = `--reporter=${path.join(root, 'tools', 'count-reporter.ts')}`
  const { EOS_COUNT_FILE: _, ...env } = process.env
  const { status, stdout } = spawnSync(
    process.execPath,
    [vitest, 'run', '--root', folder, '--reporter=default', reporter],
    {
      encoding: 'utf8',
      env,
    },
  )
  return [status, stdout.trimEnd().split('\n').at(-1)]
}

test('passed, failed and skipped tests are counted', () => {
  const source = "test('a', () => {}); test('b', () => expect(1).toBe(2)); test.skip('c', () => {}); test.todo('d')"
  expect(closing(source)).toEqual([1, '1 passed, 1 failed, 2 skipped'])
})

test('nothing is said of skipped tests when there are none', () => {
  expect(closing("test('a', () => {})")).toEqual([0, '1 passed, 0 failed'])
})

test('a file that cannot be loaded counts as failed', () => {
  expect(closing("throw new Error('no')")).toEqual([1, '0 passed, 1 failed'])
})

test('a failing hook and an error outside any test count as failed', () => {
  expect(closing("test('a', () => {}); afterAll(() => { throw new Error('no') })")).toEqual([1, '1 passed, 1 failed'])
  const source =
    "test('a', async () => { Promise.reject(new Error('no')); await new Promise((r) => setTimeout(r, 50)) })"
  expect(closing(source)).toEqual([1, '1 passed, 1 failed'])
})
