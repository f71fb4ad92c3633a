/**
 * What derivatives cost on the workloads' networks, and what the default costs beside Adam, as ratios in one run:
 *                                          fashion-mnist/resnet8   text/gpt-tiny
 *   loss and gradient / forward pass       at most 3.5             3.8
 *   gradient and product / gradient        at most 3.0             3.0
 *   the default's step / Adam's            at most 1.3             1.4
 * The forward pass is a program of its own, with all that the engine fuses.
 * `npm run perf -- derivatives [workload] [--threads N] [--rounds N]`
 */
import { parseArgs } from 'node:util'
import { cpu } from '@eos-sgd/backend-cpu'
import type { Workload } from '@eos-sgd/models'
import { findWorkload } from '@eos-sgd/models/node'
import { adam } from '@eos-sgd/optimizers'
import { eosSgd } from 'eos-sgd'
import { cadenceMean, interleave, median } from './interleave.ts'
import { steps } from './networks.ts'
import { derivatives } from './workload.ts'

/** Limits of the three ratios. */
const limits: Readonly<Record<string, readonly [number, number, number]>> = {
  'fashion-mnist/resnet8': [3.5, 3, 1.3],
  'text/gpt-tiny': [3.8, 3, 1.4],
}

async function compare({ name, task, batch }: Workload, threads: number, rounds: number): Promise<boolean> {
  const backend = await cpu({ threads })
  const programs = await interleave(await derivatives(task, batch, backend), rounds, 20)
  const trained = [
    steps('adam', { task, batch }, backend, adam({ rate: 1e-4 })),
    steps('default', { task, batch }, backend, eosSgd()),
  ]
  // The default does more every eighth step.
  const period = 8
  const stepped = await interleave(trained, Math.max(2, Math.ceil(rounds / period)) * period, 40)
  for (const { run } of trained) await run.dispose()
  backend.dispose()

  const typical = (key: string): number => median(programs.get(key) ?? [])
  const mean = (key: string): number => cadenceMean(stepped.get(key) ?? [], period)
  const [gradient, product, whole] = limits[name] ?? [Infinity, Infinity, Infinity]
  const rows: readonly (readonly [string, number, number])[] = [
    ['loss and gradient / forward', typical('gradient') / typical('forward'), gradient],
    ['gradient and product / gradient', typical('gradient and product') / typical('gradient'), product],
    ['default step / Adam step', mean('default') / mean('adam'), whole],
  ]
  console.log(`${name}, batch ${batch}, ${threads} thread(s), ${rounds} rounds`)
  for (const [key, times] of programs) console.log(`  ${key.padEnd(34)} median ${median(times).toFixed(3)} ms`)
  for (const key of stepped.keys())
    console.log(`  ${`${key} step`.padEnd(34)} mean over the cadence ${mean(key).toFixed(3)} ms`)
  for (const [label, ratio, limit] of rows)
    console.log(
      `  ${label.padEnd(34)} ${ratio.toFixed(2)}${limit < Infinity ? `  (at most ${limit})  ${ratio <= limit ? 'ok' : 'MISSED'}` : ''}`,
    )
  return rows.every(([, ratio, limit]) => ratio <= limit)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '1' }, rounds: { type: 'string', default: '200' } },
})
let kept = true
for (const name of positionals.length > 0 ? positionals : Object.keys(limits))
  kept = (await compare(findWorkload(name), Number(values.threads), Number(values.rounds))) && kept
process.exit(kept ? 0 : 1)
