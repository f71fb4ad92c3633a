// npm run pnpm -- ARGS: the pinned pnpm, to add a dependency for example.
import { args } from './lib/process.mjs'
import { pnpm } from './lib/workspace.mjs'

const { code } = await pnpm(args)
process.exit(code)
