// npm run eos -- ARGS: the command-line tool, built when needed. `npm run -s eos -- ...` leaves only its own output.
import { args } from './lib/process.mjs'
import { eos } from './lib/workspace.mjs'

await eos(args)
