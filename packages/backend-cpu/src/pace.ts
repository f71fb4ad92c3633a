/** Programs up to this many milliseconds run on the calling thread. */
const longestSynchronous = 8
/** Milliseconds that synchronous runs in a row may take before the event loop gets a turn. */
const longestStreak = 10
/** Runs that the estimate rests on. */
const remembered = 5

/** How long a program takes lately: decides whether it runs synchronously. */
export interface Pace {
  /** False until a run has been measured: the first one pays for memory and may be anything. */
  readonly short: boolean
  /** Milliseconds of one run. */
  record(milliseconds: number): void
}

/** The lower median of the last five runs, so that one slow run, of a busy machine, changes nothing. */
export function createPace(): Pace {
  const recent: number[] = []
  let next = 0
  let short = false
  return {
    get short() {
      return short
    },
    record(milliseconds) {
      recent[next] = milliseconds
      next = (next + 1) % remembered
      const sorted = [...recent].sort((a, b) => a - b)
      short = (sorted[(sorted.length - 1) >> 1] as number) < longestSynchronous
    },
  }
}

let streakStart: number | undefined

/**
 * Gives the event loop its turns: after a synchronous run, a promise where such runs have filled this turn of the loop
 * for 10 ms, nothing otherwise. A loop that awaits each run would else starve timers and I/O, since settled promises
 * only queue microtasks. `begin` and `end` of the run are in milliseconds.
 */
export function giveWay(begin: number, end: number): Promise<void> | undefined {
  if (streakStart === undefined) {
    streakStart = begin
    setImmediate(() => {
      streakStart = undefined
    })
  }
  return end - streakStart < longestStreak ? undefined : new Promise((resolve) => setImmediate(resolve))
}
