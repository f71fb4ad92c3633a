/** Runs what comes in pieces to its end. */
export function finish<T>(pieces: Generator<unknown, T>): T {
  for (;;) {
    const { value, done } = pieces.next()
    if (done) return value
  }
}
