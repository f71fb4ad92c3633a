/**
 * The default over 10,000 steps on network A: slope of the resident memory, bytes that the backend holds, and the
 * longest time that the event loop was blocked in the first fifth of them.
 * `npm run perf -- memory [--steps N]`
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { cpu } from '@eos-sgd/backend-cpu'
import { eosSgd } from 'eos-sgd'
import { networks, steps } from './networks.ts'

const { values } = parseArgs({ options: { steps: { type: 'string', default: '10000' } } })
const total = Number(values.steps)
const backend = await cpu({ threads: 1 })
const { once, run } = steps('default', networks.A, backend, eosSgd())

// Garbage that waits for its collector is not held: each sample is taken after a collection.
setFlagsFromString('--expose_gc')
const collectGarbage = runInNewContext('gc') as () => void

const samples: { step: number; resident: number }[] = []
const every = Math.max(1, Math.floor(total / 80))
const resolution = 1
const compiling = monitorEventLoopDelay({ resolution })
const delay = monitorEventLoopDelay({ resolution })
compiling.enable()
// The monitor compares two turns, so that the first block needs one before it.
await new Promise((resolve) => setTimeout(resolve, 20))
const heldAt = new Map<number, number>()
for (let step = 1; step <= total; step++) {
  await once()
  // The programs of every step are compiled by then.
  if (step === 100) {
    compiling.disable()
    delay.enable()
  }
  if (step % every === 0 && step > total / 5) {
    collectGarbage()
    samples.push({ step, resident: process.memoryUsage.rss() })
  }
  // Forced collections would count as blocks, so the event loop is watched before they begin.
  if (step === Math.floor(total / 5)) delay.disable()
  if (step === Math.floor(total / 5) || step === total) heldAt.set(step, backend.memory().bytes)
}

const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length
const [centre, level] = [mean(samples.map((s) => s.step)), mean(samples.map((s) => s.resident))]
const slope =
  samples.reduce((sum, s) => sum + (s.step - centre) * (s.resident - level), 0) /
  samples.reduce((sum, s) => sum + (s.step - centre) ** 2, 0)
const parameters = 4 * (784 * 256 + 256 * 256 + 256 * 10 + 522)
const longest = delay.max / 1e6 - resolution
const held = [...heldAt.values()]
// A rare move (a rejection) may add small buffers once.
const kept = [slope * total < parameters, (held[1] as number) - (held[0] as number) < parameters, longest <= 20]
console.log(
  `resident memory: ${(level / 2 ** 20).toFixed(0)} MiB, slope ${slope.toFixed(1)} bytes per step (parameters are ${parameters} bytes)  ${kept[0] ? 'ok' : 'MISSED'}`,
)
console.log(`held by the backend: ${held.join(', ')} bytes  ${kept[1] ? 'ok' : 'MISSED'}`)
console.log(
  `event loop blocked while the first programs are traced and compiled: at most ${(compiling.max / 1e6 - resolution).toFixed(1)} ms`,
)
console.log(`event loop blocked for at most ${longest.toFixed(1)} ms (at most 20)  ${kept[2] ? 'ok' : 'MISSED'}`)
await run.dispose()
backend.dispose()
process.exit(kept.every(Boolean) ? 0 : 1)
