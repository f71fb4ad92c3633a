// npm run demo: from a fresh clone to the demo.
import { args, eos } from './lib.mjs'

await eos(['demo', ...args])
