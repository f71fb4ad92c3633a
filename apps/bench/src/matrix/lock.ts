import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { EosError } from '@eos-sgd/core'
import { onDisk } from './disk.ts'

/**
 * Keeps a run folder to one process; returns what gives it back. A lock whose process is gone (killed, power cut) is
 * taken over. Throws `RUN_BUSY` while another process runs the folder's cells.
 */
export function lockFolder(folder: string): () => void {
  const file = path.join(folder, 'lock')
  onDisk(folder, () => mkdirSync(folder, { recursive: true }))
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        onDisk(file, () => {
          throw error
        })
    }
    const holder = holderOf(file)
    if (holder !== undefined && isAlive(holder))
      throw new EosError('RUN_BUSY', `Process ${holder} is running the cells of ${folder}.`, {
        hint: 'Wait for it, end it, or choose another folder with --out.',
      })
    rmSync(file, { force: true })
  }
}

function holderOf(file: string): number | undefined {
  try {
    const holder = Number(readFileSync(file, 'utf8'))
    return Number.isSafeInteger(holder) && holder > 0 ? holder : undefined
  } catch {
    return undefined
  }
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
