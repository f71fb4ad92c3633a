/**
 * Steps on request, for a peer that takes turns with us: prints `ready {...}` and then answers each line `N` with the
 * milliseconds of N steps as a JSON list. Samples are random.
 * `npm run perf -- serve WORKLOAD [--algorithm adam|default] [--threads N]`
 */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { cpu } from '@eos-sgd/backend-cpu'
import { sizeOf } from '@eos-sgd/graph'
import { findWorkload } from '@eos-sgd/models/node'
import { adam } from '@eos-sgd/optimizers'
import { eosSgd } from 'eos-sgd'
import { steps } from './networks.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '1' }, algorithm: { type: 'string', default: 'adam' } },
})
const { name, task, batch } = findWorkload(positionals[0] ?? '')
const backend = await cpu({ threads: Number(values.threads) })
const contestant = steps(
  name,
  { task, batch },
  backend,
  values.algorithm === 'default' ? eosSgd() : adam({ rate: 1e-4 }),
)
const parameters = task.model.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
const fields = Object.entries(task.fields).map(([field, { shape, classes }]) => ({ field, shape, classes }))
console.log(`ready ${JSON.stringify({ name, batch, parameters, fields })}`)
for await (const line of createInterface({ input: process.stdin })) {
  const times: number[] = []
  for (let i = 0; i < Number(line); i++) times.push(await contestant.once())
  console.log(JSON.stringify(times))
}
await contestant.run.dispose()
backend.dispose()
