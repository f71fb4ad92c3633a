import type { CellProgress, Outcome } from '../matrix/outcome.ts'
import type { Cell } from '../matrix/spec.ts'

/** A cell that is running now. */
export interface RunningState {
  readonly cell: Cell
  readonly since: number
  readonly progress: CellProgress | undefined
}

/** Where a matrix is. Times are in milliseconds of one clock. */
export interface MatrixState {
  readonly jobs: number
  readonly total: number
  readonly done: number
  readonly failed: number
  readonly waiting: readonly Cell[]
  readonly running: readonly RunningState[]
  /** How long finished cells took, by row. */
  readonly took: Readonly<Record<string, readonly number[]>>
}

export type MatrixEvent =
  | { readonly type: 'started'; readonly cell: Cell; readonly now: number }
  | { readonly type: 'progress'; readonly cell: Cell; readonly progress: CellProgress }
  | { readonly type: 'ended'; readonly cell: Cell; readonly outcome: Outcome; readonly now: number }

export function initialState(cells: readonly Cell[], finished: ReadonlySet<string>, jobs: number): MatrixState {
  const waiting = cells.filter(({ id }) => !finished.has(id))
  return { jobs, total: cells.length, done: cells.length - waiting.length, failed: 0, waiting, running: [], took: {} }
}

export function reduce(state: MatrixState, event: MatrixEvent): MatrixState {
  const { cell } = event
  const others = state.running.filter((running) => running.cell.id !== cell.id)
  switch (event.type) {
    case 'started':
      return {
        ...state,
        waiting: state.waiting.filter(({ id }) => id !== cell.id),
        running: [...state.running, { cell, since: event.now, progress: undefined }],
      }
    case 'progress':
      return {
        ...state,
        running: state.running.map((running) =>
          running.cell.id === cell.id ? { ...running, progress: event.progress } : running,
        ),
      }
    case 'ended': {
      const since = state.running.find((running) => running.cell.id === cell.id)?.since ?? event.now
      const row = cell.spec.row.name
      const done = event.outcome.status === 'done'
      return {
        ...state,
        running: others,
        done: state.done + (done ? 1 : 0),
        failed: state.failed + (event.outcome.status === 'failed' ? 1 : 0),
        took: done ? { ...state.took, [row]: [...(state.took[row] ?? []), event.now - since] } : state.took,
      }
    }
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * Milliseconds until the matrix is done: a cell takes as long as those of its row took, else as those of all rows,
 * else as long as the running ones will at their present speed. `undefined` as long as nothing is known.
 */
export function timeLeft({ took, running, waiting, jobs }: MatrixState, now: number): number | undefined {
  const all = Object.values(took).flat()
  const atPresentSpeed = running.flatMap(({ cell, since, progress }) =>
    progress && progress.step > 0 ? [((now - since) * cell.spec.steps) / progress.step] : [],
  )
  const usual = all.length > 0 ? mean(all) : atPresentSpeed.length > 0 ? mean(atPresentSpeed) : undefined
  if (usual === undefined) return undefined
  const whole = ({ spec }: Cell): number => {
    const row = took[spec.row.name]
    return row ? mean(row) : usual
  }
  const left = running.map(({ cell, since }) => Math.max(0, whole(cell) - (now - since)))
  const work = [...left, ...waiting.map(whole)].reduce((sum, time) => sum + time, 0)
  return Math.max(work / Math.min(jobs, Math.max(1, running.length + waiting.length)), ...left)
}
