// npm run build: builds every package.
import { setUpAndBuild } from './lib.mjs'

await setUpAndBuild()
