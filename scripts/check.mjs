// npm run check: everything that can be checked without running a test.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { colours, node } from './lib/process.mjs'
import { pnpm, setUp, turbo } from './lib/workspace.mjs'

const tarballs = mkdtempSync(path.join(tmpdir(), 'eos-pack-'))
process.on('exit', () => rmSync(tarballs, { recursive: true, force: true }))

/** @param {string} file @param {string[]} argv */
const passes = async (file, ...argv) => (await node(`node_modules/${file}`, argv)).code === 0

const pack = async () => {
  const { code, output } = await pnpm(['-r', 'pack', '--pack-destination', tarballs], { quiet: true })
  if (code !== 0) process.stderr.write(output)
  return code === 0
}

/** What a person who installs a package gets: its manifest, its files and its types. */
const published = async () => {
  if (!(await turbo('build')) || !(await pack())) return false
  let ok = true
  for (const name of readdirSync(tarballs)) {
    const file = path.join(tarballs, name)
    const results = await Promise.all([
      node('node_modules/publint/src/cli.js', ['run', file, '--strict'], { quiet: true }),
      node('node_modules/@arethetypeswrong/cli/dist/index.js', [file, '--profile', 'esm-only'], { quiet: true }),
    ])
    for (const { code, output } of results)
      if (code !== 0) {
        ok = false
        process.stderr.write(`${name}\n${output}`)
      }
  }
  return ok
}

/** @type {[string, () => Promise<boolean>][]} */
const checks = [
  ['format and lint', () => passes('@biomejs/biome/bin/biome', 'ci', '.', ...(colours ? [] : ['--colors=off']))],
  ['types', () => turbo('typecheck')],
  ['unused code', () => passes('knip/bin/knip.js')],
  ['published packages', published],
]

await setUp()
const failed = []
for (const [name, check] of checks) {
  const start = performance.now()
  const ok = await check()
  if (!ok) failed.push(name)
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`)
}
if (failed.length > 0)
  process.stderr.write(`eos-sgd: failed: ${failed.join(', ')}. \`npm run fix\` mends format and lint.\n`)
process.exit(failed.length > 0 ? 1 : 0)
