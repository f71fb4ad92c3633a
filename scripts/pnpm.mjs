// npm run pnpm -- ARGS: the pinned pnpm, to add a dependency for example.
import { args, pnpm } from './lib.mjs'

const { code } = await pnpm(args)
process.exit(code)
