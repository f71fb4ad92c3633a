// npm run setup: installs what the lock file names.
import { setUp } from './lib/workspace.mjs'

await setUp()
