// npm run fix -- [PATHS]: formats, and mends what the linter can.
import { args, node } from './lib/process.mjs'
import { setUp } from './lib/workspace.mjs'

await setUp()
const { code } = await node('node_modules/@biomejs/biome/bin/biome', [
  'check',
  '--write',
  ...(args.length ? args : ['.']),
])
process.exit(code)
