/** Data goes to standard output, everything for people to watch to standard error. */
export const printData = (text: string): void => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}
export const printJson = (value: unknown): void => printData(JSON.stringify(value, null, 2))
export const note = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

/** Runs something that Ctrl-C or a request to end stops in an orderly way. */
export async function untilStopped<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, abort)
  try {
    return await run(stop.signal)
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, abort)
  }
}
