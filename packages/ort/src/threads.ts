import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { OrtError } from './error.ts'

/**
 * Threads that a run should use here: the processors this process may use, counted once per core (two threads of one
 * core share its vector units), and not more than a container's quota.
 */
export function defaultThreads(): number {
  return Math.max(1, Math.min(availableParallelism(), physicalCores() ?? Infinity, Math.floor(quota() ?? Infinity)))
}

/** The given number of threads, or the default. Throws `ORT_THREADS` unless it is a positive integer. */
export function checkThreads(threads: number | undefined): number {
  if (threads === undefined) return defaultThreads()
  if (Number.isInteger(threads) && threads >= 1 && threads <= 1024) return threads
  throw new OrtError(
    'ORT_THREADS',
    `The number of threads must be an integer from 1 to 1024, not ${String(threads)}.`,
    {
      hint: 'Leave it out to use every core.',
    },
  )
}

/** Cores of this machine, hyper-threads counted once; undefined where the kernel does not say. */
export function physicalCores(): number | undefined {
  if (process.platform !== 'linux') return undefined
  const cores = new Set<string>()
  for (let cpu = 0; ; cpu += 1) {
    const siblings = readText(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`)
    if (siblings === undefined) return cores.size === 0 ? undefined : cores.size
    cores.add(siblings)
  }
}

/** Processors that the control group of a container may keep busy; undefined where there is no limit. */
function quota(): number | undefined {
  const [limit, period] = (readText('/sys/fs/cgroup/cpu.max') ?? '').split(' ').map(Number)
  return limit === undefined || period === undefined || !(limit / period >= 0) ? undefined : limit / period
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
