// npm run fix -- [PATHS]: formats, and mends what the linter can.
import { args, node, setUp } from './lib.mjs'

await setUp()
const { code } = await node('node_modules/@biomejs/biome/bin/biome', [
  'check',
  '--write',
  ...(args.length ? args : ['.']),
])
process.exit(code)
