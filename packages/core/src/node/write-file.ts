import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EosError } from '@eos-sgd/graph'

/** What a file is made of. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array>

/** Bytes written between two turns of the event loop: below 5 ms of hashing and copying. */
const chunk = 1 << 20

/**
 * Writes a file so that at every moment, a crash or power cut included, `path` holds either the whole old or the whole
 * new content: a temporary file beside it is written, flushed to disk and renamed. Makes the folder.
 * Throws `FILE_WRITE` with the path (full disk, permissions); the old file is then untouched and no temporary one left.
 */
export async function writeFileAtomically(path: string, content: FileContent): Promise<void> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFlushed(temporary, content)
    await rename(temporary, path)
    await flushFolder(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw writeError('FILE_WRITE', path, error)
  }
}

/** Writes a new file, or over an old one, and returns when it is on the disk; `seen` is shown every piece. */
export async function writeFlushed(
  path: string,
  content: FileContent,
  seen?: (piece: Uint8Array) => void,
): Promise<void> {
  const handle = await open(path, 'w')
  try {
    for (const part of partsOf(content))
      for (let at = 0; at < part.length; at += chunk) {
        const piece = part.subarray(at, at + chunk)
        seen?.(piece)
        await writeAll(handle, piece)
      }
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes renames and removals in a folder durable, on systems that can. */
export async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** What a failed write means to the person who started it. */
export function writeError(code: string, path: string, cause: unknown, hint?: string): EosError {
  if (cause instanceof EosError) return cause
  const { code: reason = '', message } = cause as NodeJS.ErrnoException
  const advice = hint === undefined ? '' : ` ${hint}`
  return new EosError(code, `Cannot write ${path}: ${meanings[reason] ?? message}.`, {
    hint: `${remedies[reason] ?? 'Check the path and the disk.'}${advice}`,
    cause,
  })
}

const meanings: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than allowed',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'it is a folder',
}

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space, or choose another folder.',
  EDQUOT: 'Free some space, or choose another folder.',
  EFBIG: 'Raise the limit, or choose another folder.',
  EACCES: 'Choose a folder that you may write to.',
  EPERM: 'Choose a folder that you may write to.',
  EROFS: 'Choose a folder that you may write to.',
  ENOTDIR: 'Choose another folder.',
  EISDIR: 'Choose another name.',
}

function* partsOf(content: FileContent): Generator<Uint8Array> {
  if (typeof content === 'string') yield new TextEncoder().encode(content)
  else if (content instanceof Uint8Array) yield content
  else yield* content
}

async function writeAll(handle: FileHandle, piece: Uint8Array): Promise<void> {
  let done = 0
  while (done < piece.length) done += (await handle.write(piece, done)).bytesWritten
}
