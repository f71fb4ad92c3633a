/**
 * Whole steps, as the training loop runs them, as ratios in one run:
 *   SGD with momentum / its own matrix products      A at most 1.8, B at most 1.3
 *   the default / Adam                               A at most 1.6, B at most 1.3
 *   SGD that measures sharpness / SGD                every step at most 2.8, every 10 steps at most 1.2,
 *                                                    every 10 on a quarter of the batch at most 1.15 (A), 1.12 (B)
 * `npm run perf -- step [A|B] [--threads N] [--rounds N]`
 */
import { parseArgs } from 'node:util'
import { cpu } from '@eos-sgd/backend-cpu'
import { compose, defineRateRule, type RateRule } from '@eos-sgd/core'
import { powerIteration } from '@eos-sgd/curvature'
import { adam, heavyBall, sgd } from '@eos-sgd/optimizers'
import { eosSgd } from 'eos-sgd'
import { cadenceMean, interleave, median } from './interleave.ts'
import { type Network, networks, products, steps } from './networks.ts'

/** A constant rate that measures sharpness, in the same program, every so many steps. */
const measured = (rate: number, every: number): RateRule<{ t: number }> =>
  defineRateRule({
    name: `measured every ${every}`,
    needs: ['sharpness'],
    start: () => ({ t: 0 }),
    *step({ t }) {
      yield { move: 'step', rate, signals: t % every === 0 ? ['sharpness'] : [] }
      return { t: t + 1 }
    },
  })
const measuring = (every: number, part: number) =>
  compose({ direction: heavyBall(), rate: measured(1e-3, every), curvature: powerIteration({ part }) })

async function compare(name: string, network: Network, threads: number, rounds: number): Promise<boolean> {
  const backend = await cpu({ threads })
  const trained = [
    steps('sgd', network, backend, sgd({ rate: 1e-3 })),
    steps('adam', network, backend, adam({ rate: 1e-4 })),
    steps('default', network, backend, eosSgd()),
    steps('sharpness every step', network, backend, measuring(1, 1)),
    steps('sharpness every 10', network, backend, measuring(10, 1)),
    steps('sharpness every 10 on a quarter', network, backend, measuring(10, 4)),
  ]
  const times = await interleave([await products(network, backend), ...trained], rounds, 30)
  const of = (key: string): number =>
    (key === 'products' ? median : (v: readonly number[]) => cadenceMean(v, 40))(times.get(key) ?? [])
  const even = (key: string): number => median(times.get(key) ?? [])
  const [first, second] = name === 'A' ? [1.8, 1.6] : [1.3, 1.3]
  const rows: [string, number, number][] = [
    ['SGD step / its products', even('sgd') / even('products'), first as number],
    ['default step / Adam step', of('default') / of('adam'), second as number],
    ['sharpness every step / SGD', even('sharpness every step') / even('sgd'), 2.8],
    ['sharpness every 10 / SGD', of('sharpness every 10') / of('sgd'), 1.2],
    ['the same on a quarter / SGD', of('sharpness every 10 on a quarter') / of('sgd'), name === 'A' ? 1.15 : 1.12],
  ]
  console.log(`${name}: ${network.widths.join('-')}, batch ${network.batch}, ${threads} thread(s), ${rounds} rounds`)
  for (const [key, list] of times)
    console.log(
      `  ${key.padEnd(34)} median ${median(list).toFixed(3)} ms, mean over the cadence ${cadenceMean(list, 40).toFixed(3)} ms`,
    )
  for (const [label, ratio, limit] of rows)
    console.log(`  ${label.padEnd(34)} ${ratio.toFixed(2)}  (at most ${limit})  ${ratio <= limit ? 'ok' : 'MISSED'}`)
  for (const { run } of trained) await run.dispose()
  backend.dispose()
  return rows.every(([, ratio, limit]) => ratio <= limit)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '1' }, rounds: { type: 'string', default: '400' } },
})
const chosen = positionals.length > 0 ? positionals : Object.keys(networks)
let kept = true
for (const name of chosen) {
  const network = networks[name as keyof typeof networks]
  if (!network) {
    console.error(`There is no network "${name}"; choose A or B.`)
    process.exit(2)
  }
  kept = (await compare(name, network, Number(values.threads), Number(values.rounds))) && kept
}
process.exit(kept ? 0 : 1)
