import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import type { TrainingEvent } from '@eos-sgd/core'
import { writeFileAtomically } from '@eos-sgd/core/node'
import type { LoggedEvent } from '../analysis/series.ts'
import { onDisk } from './disk.ts'
import { corrupt } from './run-folder.ts'

/** Lines that wait in memory before they are written. */
const buffered = 200

/** Appends the events of a run to a file, one JSON object a line. */
export interface EventLog {
  append(event: TrainingEvent): void
  /** Everything appended so far is on the disk. */
  flush(): void
  close(): void
}

/** One line of a log; numbers that are not finite become `null`. */
const encodeEvent = (event: TrainingEvent): string => `${JSON.stringify(event)}\n`

export function openEventLog(file: string): EventLog {
  const handle = onDisk(file, () => openSync(file, 'a'))
  let lines: string[] = []
  const drain = (): void => {
    if (lines.length === 0) return
    const text = lines.join('')
    lines = []
    onDisk(file, () => writeSync(handle, text))
  }
  return {
    append(event) {
      lines.push(encodeEvent(event))
      if (lines.length >= buffered) drain()
    },
    flush() {
      drain()
      onDisk(file, () => fsyncSync(handle))
    },
    close() {
      drain()
      closeSync(handle)
    },
  }
}

/**
 * Events of a log. A last line that was cut off when the process was killed is left out; any other line that is not
 * an event means that the file was damaged: `RUN_CORRUPT`.
 */
export function readEvents(file: string): readonly LoggedEvent[] {
  // Something that is no regular file (a device) has size 0 and nothing to read.
  if (!existsSync(file) || statSync(file).size === 0) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  const cut = lines.pop()
  const events: LoggedEvent[] = []
  for (const [index, line] of lines.entries()) {
    const event = parseEvent(line)
    if (!event) throw corrupt(file, `line ${index + 1} is not an event`)
    events.push(event)
  }
  const last = cut === undefined || cut === '' ? undefined : parseEvent(cut)
  return last ? [...events, last] : events
}

function parseEvent(line: string): LoggedEvent | undefined {
  try {
    const event = JSON.parse(line) as LoggedEvent | null
    return typeof event?.type === 'string' && typeof event.step === 'number' ? event : undefined
  } catch {
    return undefined
  }
}

/**
 * The events that a run resumed at `step` goes on from: nothing later, no end, no earlier `checkpoint` marks beyond
 * it. `undefined` when the log lacks a batch before that step, so that the run must start anew.
 */
export function eventsUntil(events: readonly LoggedEvent[], step: number): readonly LoggedEvent[] | undefined {
  const kept = events.filter((event) => event.step <= step && event.type !== 'end')
  const batches = kept.filter(({ type }) => type === 'step')
  return batches.every((event, index) => event.step === index + 1) && batches.length === step ? kept : undefined
}

/** Replaces the log by these events, atomically. */
export const rewriteEvents = (file: string, events: readonly LoggedEvent[]): Promise<void> =>
  onDisk(file, () => writeFileAtomically(file, events.map((event) => `${JSON.stringify(event)}\n`).join('')))
