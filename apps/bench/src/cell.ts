import { EosError } from '@eos-sgd/core'
import { exitCode, explain } from './command/errors.ts'
import { keepWeightsFlag } from './matrix/child-process.ts'
import type { CellMessage } from './matrix/outcome.ts'
import { runCell } from './matrix/run-cell.ts'
import { runFolder } from './matrix/run-folder.ts'

/** At most ten progress messages a second. */
const progressEvery = 100

const stop = new AbortController()
const send = (message: CellMessage): void => {
  if (process.connected) process.send?.(message)
}
// Ctrl-C reaches every process of the terminal; the one that started this cell decides and sends `stop`.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => stop.abort())
process.on('message', () => stop.abort())
process.on('disconnect', () => stop.abort())

const [folder = '', id = '', ...flags] = process.argv.slice(2)
let sent = 0
try {
  const reason = await runCell(runFolder(folder), id, {
    signal: stop.signal,
    keepWeights: flags.includes(keepWeightsFlag),
    onProgress(progress) {
      const now = performance.now()
      if (now - sent < progressEvery) return
      sent = now
      send({ type: 'progress', progress })
    },
  })
  process.exitCode = reason === 'done' ? exitCode.ok : exitCode.interrupted
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  send({
    type: 'failure',
    code: error instanceof EosError ? error.code : 'UNEXPECTED',
    message: explain(error).split('\n    at ')[0] as string,
  })
  process.exitCode = exitCode.failed
}
if (process.connected) process.disconnect()
