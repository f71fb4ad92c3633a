import { EosError } from '@eos-sgd/core'
import { Interrupted } from '../command/errors.ts'
import type { CellProgress, Outcome, RunningCell, StartCell } from './outcome.ts'
import type { Cell } from './spec.ts'

/** What happens while cells run; the caller shows it. */
export interface ScheduleObserver {
  started(cell: Cell): void
  progress(cell: Cell, progress: CellProgress): void
  ended(cell: Cell, outcome: Outcome): void | Promise<void>
}

/**
 * Runs cells in order, `jobs` at a time. A cell that fails does not stop the others. Throws `Interrupted` when the
 * signal is given, and an `EosError` when a cell finds what concerns all; in both cases the running cells are stopped
 * first.
 */
export async function schedule(
  cells: readonly Cell[],
  {
    jobs,
    start,
    signal,
    observer,
  }: {
    readonly jobs: number
    readonly start: StartCell
    readonly signal: AbortSignal
    readonly observer: ScheduleObserver
  },
): Promise<void> {
  const waiting = [...cells]
  const running = new Set<RunningCell>()
  let fault: Error | undefined
  const stopAll = (): void => {
    waiting.length = 0
    for (const cell of running) cell.stop()
  }
  const interrupt = (): void => {
    fault ??= new Interrupted('interrupted')
    stopAll()
  }
  const worker = async (): Promise<void> => {
    for (let cell = waiting.shift(); cell && !fault; cell = waiting.shift()) {
      const current = cell
      const started = start(current, (progress) => observer.progress(current, progress))
      running.add(started)
      observer.started(current)
      const outcome = await started.outcome
      running.delete(started)
      if (outcome.status === 'broken' && !fault) {
        fault = new EosError(outcome.code, outcome.message.replace(/^\[eos\] /, ''))
        stopAll()
      }
      await observer.ended(current, outcome)
    }
  }
  signal.addEventListener('abort', interrupt)
  try {
    if (signal.aborted) interrupt()
    await Promise.all(Array.from({ length: jobs }, worker))
  } finally {
    signal.removeEventListener('abort', interrupt)
  }
  if (fault) throw fault
}
