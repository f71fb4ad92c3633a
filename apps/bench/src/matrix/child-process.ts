import { spawn } from 'node:child_process'
import { cellFile } from '../entry-files.ts'
import type { CellMessage, Outcome, StartCell } from './outcome.ts'

/** Tells the process of a cell to keep its weights. */
export const keepWeightsFlag = '--keep-weights'

/** Characters of a failed cell's standard error that are kept. */
const stderrTail = 4000
/** What one cell finds and every other would find too: the disk cannot be written. */
const concernsAll: ReadonlySet<string> = new Set(['DISK', 'FILE_WRITE', 'CHECKPOINT_WRITE'])
/** A cell that was told to stop has this long for its checkpoint. */
const patience = 10_000

/** Starts each cell as a Node process of its own: an abort of the engine ends one cell, and memory is not shared. */
export const inChildProcess =
  (folder: string, { keepWeights = false }: { readonly keepWeights?: boolean } = {}): StartCell =>
  ({ id }, onProgress) => {
    const child = spawn(
      process.execPath,
      [...process.execArgv, cellFile, folder, id, ...(keepWeights ? [keepWeightsFlag] : [])],
      {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        windowsHide: true,
      },
    )
    let stderr = ''
    let failure: Extract<CellMessage, { type: 'failure' }> | undefined
    let stopping: NodeJS.Timeout | undefined
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-stderrTail)
    })
    child.on('message', (message: CellMessage) => {
      if (message.type === 'progress') onProgress(message.progress)
      else failure = message
    })
    const outcome = new Promise<Outcome>((resolve) => {
      child.on('error', (error) =>
        resolve({ status: 'broken', code: 'SPAWN', message: `Cannot start a process: ${error.message}.` }),
      )
      child.on('close', (code, signal) => {
        clearTimeout(stopping)
        if (code === 0) resolve({ status: 'done' })
        else if (stopping) resolve({ status: 'stopped' })
        else if (failure && concernsAll.has(failure.code))
          resolve({ status: 'broken', code: failure.code, message: failure.message })
        else resolve({ status: 'failed', reason: failure?.message ?? lastWords(code, signal), stderr })
      })
    })
    return {
      outcome,
      stop() {
        if (child.connected) child.send({ type: 'stop' })
        stopping ??= setTimeout(() => child.kill('SIGKILL'), patience)
      },
    }
  }

const lastWords = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null
    ? `The process ended with exit code ${code}.`
    : `The process was ended by ${signal}${signal === 'SIGKILL' ? ', perhaps for lack of memory' : ''}.`
