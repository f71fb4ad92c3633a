// npm test -- [VITEST ARGS]: all tests; the last line is `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { args, node } from './lib/process.mjs'
import { setUp, turbo } from './lib/workspace.mjs'

const folder = mkdtempSync(path.join(tmpdir(), 'eos-test-'))
const file = path.join(folder, 'count')
let line = '0 passed, 0 failed\n'
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true })
  process.stdout.write(line)
})

await setUp()
// Some tests start processes, which need what is built.
const built = await turbo('build')
if (!built) process.stderr.write('eos-sgd: the build failed (see above); the tests run all the same.\n')

const { code } = await node('node_modules/vitest/vitest.mjs', ['run', ...args], { env: { EOS_COUNT_FILE: file } })
try {
  line = readFileSync(file, 'utf8')
} catch {
  process.stderr.write('eos-sgd: vitest ended before it had a result (see above).\n')
}
const tested = /^[1-9]\d* passed, 0 failed/.test(line)
process.exit(code !== 0 ? code : built && tested ? 0 : 1)
