import { EosError } from '@eos-sgd/core'

/** What a person can do about a failing file system, by error code. */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Free some space',
  EDQUOT: 'The disk quota is used up. Free some space',
  EACCES: 'You have no right to write there. Choose another folder with --out',
  EPERM: 'You have no right to write there. Choose another folder with --out',
  EROFS: 'The file system is read-only. Choose another folder with --out',
  ENOTDIR: 'Part of the path is a file. Choose another folder with --out',
  EEXIST: 'Part of the path is a file. Choose another folder with --out',
  EISDIR: 'A folder is in the way. Choose another folder with --out',
  EMFILE: 'Too many files are open. Lower --jobs',
  EIO: 'The disk reports an error. Choose another folder with --out',
}

/** A file system error as one that says what to do; anything else comes back as it is. */
function diskError(path: string, error: unknown): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  const reason = code === undefined ? undefined : reasons[code]
  if (reason === undefined) return error
  return new EosError('DISK', `Cannot write ${path}.`, {
    hint: `${reason}, then run the same command again: finished cells are kept.`,
    cause: error,
  })
}

/** Runs something that writes `path`; throws `DISK` with a reason when the file system refuses. */
export function onDisk<T>(path: string, write: () => T): T {
  try {
    const result = write()
    return result instanceof Promise
      ? (result.catch((error: unknown) => Promise.reject(diskError(path, error))) as T)
      : result
  } catch (error) {
    throw diskError(path, error)
  }
}
