import type { CellProgress, Outcome } from '../matrix/outcome.ts'
import type { Cell } from '../matrix/spec.ts'
import { cellLine, headLine, plainLine } from './lines.ts'
import { initialState, type MatrixEvent, type MatrixState, reduce } from './state.ts'

/** Shows how a matrix goes on. */
export interface ProgressView {
  begin(cells: readonly Cell[], finished: ReadonlySet<string>, jobs: number): void
  started(cell: Cell): void
  progress(cell: Cell, progress: CellProgress): void
  ended(cell: Cell, outcome: Outcome): void
  end(): void
}

/** A stream for people: standard error. */
export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const redrawEvery = 200
const plainEvery = 5000

/** Lines that are redrawn in place on a terminal; otherwise one plain line every five seconds. */
export function progressView(
  title: string,
  terminal: Terminal,
  clock: () => number = () => performance.now(),
): ProgressView {
  const inPlace = terminal.isTTY === true && process.env['TERM'] !== 'dumb'
  let state: MatrixState | undefined
  let begun = 0
  let timer: NodeJS.Timeout | undefined
  let drawn = 0
  const erase = (): void => {
    if (drawn > 0) terminal.write(`\u001b[${drawn}A\u001b[0J`)
    drawn = 0
  }
  const draw = (): void => {
    if (!state) return
    if (!inPlace) {
      terminal.write(`${plainLine(title, state, clock(), begun)}\n`)
      return
    }
    const width = Math.max(20, (terminal.columns ?? 80) - 1)
    const lines = [headLine(title, state, clock(), begun), ...state.running.map((running) => `  ${cellLine(running)}`)]
    erase()
    terminal.write(lines.map((line) => `${line.slice(0, width)}\n`).join(''))
    drawn = lines.length
  }
  const apply = (event: MatrixEvent): void => {
    if (state) state = reduce(state, event)
  }
  return {
    begin(cells, finished, jobs) {
      state = initialState(cells, finished, jobs)
      begun = clock()
      if (finished.size > 0) terminal.write(`${finished.size} of ${cells.length} cells are finished already.\n`)
      if (finished.size < cells.length) timer = setInterval(draw, inPlace ? redrawEvery : plainEvery)
    },
    started: (cell) => apply({ type: 'started', cell, now: clock() }),
    progress: (cell, progress) => apply({ type: 'progress', cell, progress }),
    ended(cell, outcome) {
      apply({ type: 'ended', cell, outcome, now: clock() })
      if (outcome.status !== 'failed') return
      erase()
      terminal.write(
        `${cell.spec.row.name} seed ${cell.spec.seed} failed: ${outcome.reason.replace(/^\[eos\] /, '').split('\n')[0]}\n`,
      )
    },
    end() {
      clearInterval(timer)
      erase()
      if (state && timer)
        terminal.write(
          `${headLine(title, { ...state, waiting: [], running: [] }, clock(), begun).replace(/ · about .*/, '')}\n`,
        )
    },
  }
}
