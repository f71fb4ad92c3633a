import type { ProgressView } from '../progress/view.ts'
import { inChildProcess } from './child-process.ts'
import { lockFolder } from './lock.ts'
import type { Outcome, StartCell } from './outcome.ts'
import { type Manifest, type RunFolder, resultSchema } from './run-folder.ts'
import { schedule } from './schedule.ts'
import type { Cell } from './spec.ts'

/** What running the cells of a manifest came to. */
export interface MatrixOutcome {
  readonly done: number
  readonly failed: readonly { readonly cell: Cell; readonly reason: string }[]
  /** Cells that were finished before. */
  readonly kept: number
}

/**
 * Runs the cells of a manifest that have no result yet (or a failed one), each in its own process. Everything is
 * written as it happens, so the same call goes on after whatever ended it.
 */
export async function runMatrix(
  run: RunFolder,
  manifest: Manifest,
  {
    view,
    signal,
    start = inChildProcess(run.path),
  }: { readonly view: ProgressView; readonly signal: AbortSignal; readonly start?: StartCell },
): Promise<MatrixOutcome> {
  const unlock = lockFolder(run.path)
  try {
    return await runLocked(run, manifest, { view, signal, start })
  } finally {
    unlock()
  }
}

async function runLocked(
  run: RunFolder,
  manifest: Manifest,
  { view, signal, start }: { readonly view: ProgressView; readonly signal: AbortSignal; readonly start: StartCell },
): Promise<MatrixOutcome> {
  await run.writeManifest(manifest)
  const finished = new Set(manifest.cells.filter(({ id }) => run.result(id)?.status === 'done').map(({ id }) => id))
  const open = manifest.cells.filter(({ id }) => !finished.has(id))
  for (const cell of open) await run.prepare(cell)
  const failed: { cell: Cell; reason: string }[] = []
  let done = 0
  view.begin(manifest.cells, finished, manifest.jobs)
  try {
    await schedule(open, {
      jobs: manifest.jobs,
      start,
      signal,
      observer: {
        started: (cell) => view.started(cell),
        progress: (cell, progress) => view.progress(cell, progress),
        async ended(cell, outcome) {
          view.ended(cell, outcome)
          if (outcome.status === 'done') done++
          if (outcome.status !== 'failed') return
          failed.push({ cell, reason: outcome.reason })
          await recordFailure(run, cell, outcome)
        },
      },
    })
  } finally {
    view.end()
  }
  return { done, failed, kept: finished.size }
}

async function recordFailure(
  run: RunFolder,
  { id }: Cell,
  { reason, stderr }: Extract<Outcome, { status: 'failed' }>,
): Promise<void> {
  await run.writeResult(id, { schema: resultSchema, status: 'failed', reason, stderr })
}
