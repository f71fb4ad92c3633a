import { expect, test } from 'vitest'
import { isAtLeast, run } from './process.mjs'

test('versions compare by their numbers, not as text', () => {
  expect(isAtLeast('20.19.0', '>=20.19')).toBe(true)
  expect(isAtLeast('20.9.0', '>=20.19')).toBe(false)
  expect(isAtLeast('24.0.0', '>=20.19')).toBe(true)
  expect(isAtLeast('18.20.8', '>=20.19')).toBe(false)
  expect(isAtLeast('21', '>=20.19')).toBe(true)
})

test('a process hands back its exit code, or 128 + n when signal n ended it', async () => {
  const javascript = (code: string) => run(process.execPath, ['-e', code], { quiet: true })
  expect(await javascript('console.log("a b"); process.exit(3)')).toEqual({ code: 3, output: 'a b\n' })
  expect((await javascript('process.kill(process.pid, "SIGTERM")')).code).toBe(143)
})
