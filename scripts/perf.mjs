// npm run perf -- NAME [ARGS]: runs apps/bench/perf/NAME.ts on what is built, for a look at time and memory.
import { readdirSync } from 'node:fs'
import { args, fail, inRoot, node } from './lib/process.mjs'
import { setUpAndBuild } from './lib/workspace.mjs'

const folder = 'apps/bench/perf'
const names = readdirSync(inRoot(folder))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
const [name = '', ...rest] = args
if (!names.includes(name)) fail(`There is no ${folder}/${name}.ts. Say one of: ${names.join(', ')}.`, 2)

await setUpAndBuild()
const { code } = await node('node_modules/tsx/dist/cli.mjs', [inRoot(folder, `${name}.ts`), ...rest])
process.exit(code)
