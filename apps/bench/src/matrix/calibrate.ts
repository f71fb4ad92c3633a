import { cpu } from '@eos-sgd/backend-cpu'
import { train } from '@eos-sgd/core'
import type { DataSplits, Workload } from '@eos-sgd/models'
import type { BuiltRow } from '../rows/row.ts'
import type { Calibration } from './estimate.ts'

/** Steps are timed for about so long, and for at least so many of them. */
const budget = 0.8
const leastSteps = 17

/** What a row is calibrated as. */
export interface Calibrated {
  readonly title: string
  readonly direction: string
  readonly built: BuiltRow
}

/** Trains a row for about a second and measures what its cells are made of. `before`: seconds until the data were there. */
export async function calibrate(
  { title, direction, built }: Calibrated,
  workload: Workload,
  { train: data, validation }: DataSplits,
  { threads, before }: { readonly threads: number; readonly before: number },
): Promise<Calibration> {
  const begin = performance.now()
  const since = (from: number): number => (performance.now() - from) / 1000
  const backend = await cpu({ threads })
  const run = train({
    task: built.prepare?.(workload.task) ?? workload.task,
    data,
    algorithm: built.algorithm,
    backend,
    batch: workload.batch,
    microBatches: built.microBatches ?? 1,
    until: { steps: Number.MAX_SAFE_INTEGER },
  })
  try {
    const times: number[] = []
    let start = 0
    for await (const event of run) {
      if (event.type !== 'step') continue
      // The first step compiles, and a rule may search on it.
      if (event.step === 1) start = since(begin)
      else times.push(event.seconds)
      const spent = times.reduce((sum, time) => sum + time, 0)
      if (times.length >= leastSteps && spent > budget) break
    }
    await run.evaluate(validation)
    const again = performance.now()
    await run.evaluate(validation)
    const evaluation = since(again)
    const step = times.reduce((sum, time) => sum + time, 0) / times.length
    return { title, direction, cost: built.cost, step, start: before + start, evaluation }
  } finally {
    await run.dispose()
    backend.dispose()
  }
}
