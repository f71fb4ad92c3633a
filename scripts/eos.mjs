// npm run eos -- ARGS: the command-line tool, built when needed. `npm run -s eos -- ...` leaves only its own output.
import { args, eos } from './lib.mjs'

await eos(args)
