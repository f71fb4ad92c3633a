import { arch, availableParallelism, cpus, type as osType, release, totalmem } from 'node:os'

/** The machine, as far as it decides what a second is. */
export interface Hardware {
  readonly cpu: string
  /** Threads that this process may use. */
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
}

export function thisHardware(): Hardware {
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${osType()} ${release()} ${arch()}`,
    node: process.version,
  }
}

/** Whether times of the two may be compared. */
export const sameHardware = (a: Hardware, b: Hardware): boolean =>
  a.cpu === b.cpu && a.cores === b.cores && a.node === b.node
