import { open } from 'node:fs/promises'
import { EosError } from '@eos-sgd/graph'

const chunk = 1 << 20

/**
 * A file's bytes, in memory of their own and read piece by piece, so that the event loop goes on; `seen` is shown every
 * piece. Undefined when there is no such file; throws `FILE_READ` for any other reason.
 */
export async function readPieces(path: string, seen?: (piece: Uint8Array) => void): Promise<Uint8Array | undefined> {
  try {
    const handle = await open(path, 'r')
    try {
      const bytes = new Uint8Array((await handle.stat()).size)
      let at = 0
      while (at < bytes.length) {
        const { bytesRead } = await handle.read(bytes, at, Math.min(chunk, bytes.length - at))
        if (bytesRead === 0) break
        seen?.(bytes.subarray(at, at + bytesRead))
        at += bytesRead
      }
      return bytes.subarray(0, at)
    } finally {
      await handle.close()
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new EosError('FILE_READ', `Cannot read ${path}: ${message}.`, {
      hint: 'Check the path and its permissions.',
      cause: error,
    })
  }
}
