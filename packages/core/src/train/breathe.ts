const longestBusy = 4

let since = performance.now()

/**
 * Lets timers and I/O run when this thread has been busy for 4 ms: synchronous programs only ever queue microtasks,
 * and those alone would starve the event loop.
 */
export async function breathe(): Promise<void> {
  if (performance.now() - since < longestBusy) return
  await macrotask()
  since = performance.now()
}

/** `setImmediate` where there is one; browsers clamp nested timeouts to 4 ms, a message port they do not. */
const macrotask = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof globalThis.setImmediate === 'function') {
      globalThis.setImmediate(resolve)
      return
    }
    const { port1, port2 } = new MessageChannel()
    Object.assign(port1, {
      onmessage: () => {
        port1.close()
        resolve()
      },
    })
    port2.postMessage(null)
  })
