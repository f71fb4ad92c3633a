/** Programs that take longer, in milliseconds, never run on the calling thread. */
const longestRun = 8
/** Milliseconds that synchronous runs in a row may take before the event loop gets a turn. */
const longestStreak = 8
/** Runs that the estimate rests on. */
const remembered = 5

/** How long a program takes lately: decides whether it runs synchronously. */
export interface Pace {
  /** Milliseconds that the next run may take: the slowest of the last five, infinite before the first. */
  readonly expected: number
  record(milliseconds: number): void
}

export function createPace(): Pace {
  const recent: number[] = []
  let next = 0
  let expected = Number.POSITIVE_INFINITY
  return {
    get expected() {
      return expected
    },
    record(milliseconds) {
      recent[next] = milliseconds
      next = (next + 1) % remembered
      expected = Math.max(...recent)
    },
  }
}

let streakStart: number | undefined

/**
 * Whether a run that takes so many milliseconds may go on this thread at the time `now`. No, where it is long, or where
 * synchronous runs have filled this turn of the event loop: a loop that awaits short programs would else starve timers
 * and I/O, since settled promises only queue microtasks. A run aside costs tens of microseconds and gives the turn.
 */
export function mayBlock(expected: number, now: number): boolean {
  if (expected >= longestRun) return false
  if (streakStart === undefined) {
    streakStart = now
    setImmediate(() => {
      streakStart = undefined
    })
  }
  return now - streakStart + expected <= longestStreak
}
