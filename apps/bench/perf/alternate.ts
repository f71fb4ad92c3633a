/**
 * Programs that take turns against each alone, as a ratio of times in one run: with a thread pool for each program it
 * is about 2, with the one pool that they share it must stay under 1.1. Forward passes of an MLP:
 *   A 784-256-256, batch 128      B 784-1024-1024, batch 512
 * `npm run perf -- alternate [--threads N] [--rounds N]`
 */
import { parseArgs } from 'node:util'
import { cpu } from '@eos-sgd/backend-cpu'
import type { Backend } from '@eos-sgd/core'
import { graph, input, matmul, relu, type Tensor } from '@eos-sgd/graph'
import { median } from './interleave.ts'

const limit = 1.1
const warmUp = 5

/** A compiled forward pass with its tensors: runs once. */
type Forward = () => void | Promise<void>

async function forward(backend: Backend, widths: readonly number[], batch: number): Promise<Forward> {
  let y: Tensor = input('x', [batch, widths[0] as number])
  for (let layer = 1; layer < widths.length; layer++)
    y = relu(matmul(y, input(`w${layer}`, [widths[layer - 1] as number, widths[layer] as number])))
  const program = await backend.compile(graph(`mlp ${widths.join('-')}`, { y }))
  const allocate = (types: typeof program.inputs) =>
    Object.fromEntries(Object.entries(types).map(([name, type]) => [name, backend.allocate(type)]))
  const [inputs, outputs] = [allocate(program.inputs), allocate(program.outputs)]
  for (const { host } of Object.values(inputs))
    for (let i = 0; host && i < host.length; i++) host[i] = Math.sin(i) * 0.1
  return () => program.run(inputs, outputs)
}

/** Milliseconds that the programs take, run in turn so many times. */
async function time(times: number, ...programs: readonly Forward[]): Promise<number> {
  const begin = performance.now()
  for (let i = 0; i < times; i++) for (const run of programs) await run()
  return performance.now() - begin
}

/** Each round times both alone and both in turn, so that a slow minute of the machine hits all alike. */
async function ratio(first: Forward, second: Forward, times: number, rounds: number): Promise<number> {
  const ratios: number[] = []
  for (let round = -warmUp; round < rounds; round++) {
    const alone = (await time(times, first)) + (await time(times, second))
    const inTurn = await time(times, first, second)
    if (round >= 0) ratios.push(inTurn / alone)
  }
  return median(ratios)
}

const { values } = parseArgs({ options: { threads: { type: 'string' }, rounds: { type: 'string', default: '40' } } })
const rounds = Number(values.rounds)
const backend = await cpu(values.threads === undefined ? {} : { threads: Number(values.threads) })
const small = () => forward(backend, [784, 256, 256], 128)
const large = () => forward(backend, [784, 1024, 1024], 512)
const pairs: readonly [string, Forward, Forward, number][] = [
  ['A and another A', await small(), await small(), 20],
  ['A and B', await small(), await large(), 2],
  ['B and another B', await large(), await large(), 2],
]
console.log(`programs in turn over each alone, ${backend.threads} thread(s), ${rounds} rounds`)
let kept = true
for (const [name, first, second, times] of pairs) {
  const found = await ratio(first, second, times, rounds)
  kept &&= found < limit
  console.log(`  ${name.padEnd(16)} ${found.toFixed(3)}  (under ${limit})  ${found < limit ? 'ok' : 'MISSED'}`)
}
backend.dispose()
process.exit(kept ? 0 : 1)
