// npm run demo: from a fresh clone to the demo.
import { args } from './lib/process.mjs'
import { eos } from './lib/workspace.mjs'

await eos(['demo', ...args])
