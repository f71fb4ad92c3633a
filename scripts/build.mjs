// npm run build: builds every package.
import { setUpAndBuild } from './lib/workspace.mjs'

await setUpAndBuild()
