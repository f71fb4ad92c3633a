import type { Cell } from './spec.ts'

/** Where a running cell is. `null` is not known, or not finite. */
export interface CellProgress {
  readonly step: number
  readonly loss: number | null
  readonly sharpness: number | null
  readonly rate: number | null
}

/** How a started cell ended. `broken` concerns all cells: the disk is full, for example. */
export type Outcome =
  | { readonly status: 'done' }
  | { readonly status: 'failed'; readonly reason: string; readonly stderr: string }
  | { readonly status: 'stopped' }
  | { readonly status: 'broken'; readonly code: string; readonly message: string }

/** A cell that somebody runs. `stop` is a request: the outcome tells when it was followed. */
export interface RunningCell {
  readonly outcome: Promise<Outcome>
  stop(): void
}

/** Runs cells: in child processes, or in a test in this one. */
export type StartCell = (cell: Cell, onProgress: (progress: CellProgress) => void) => RunningCell

/** What a cell's process tells the one that started it. */
export type CellMessage =
  | { readonly type: 'progress'; readonly progress: CellProgress }
  | { readonly type: 'failure'; readonly code: string; readonly message: string }
