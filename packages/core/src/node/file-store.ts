import { createHash } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EosError } from '@eos-sgd/graph'
import type { Checkpoint, CheckpointStore } from '../checkpoint/checkpoint.ts'
import { decodeSafetensors } from '../checkpoint/decode.ts'
import { safetensorsParts } from '../checkpoint/encode.ts'
import { decodeManifest, encodeManifest, type ManifestFile, type TensorFile, tensorFileName } from './manifest.ts'
import { readPieces } from './read-file.ts'
import { flushFolder, writeError, writeFileAtomically, writeFlushed } from './write-file.ts'

/**
 * A checkpoint in a folder: `manifest.json` names a file of tensors with its size and SHA-256. A write makes a new
 * tensor file, flushes it, replaces the manifest in one rename, then deletes the old tensor file; a process killed at
 * any point leaves the folder with one whole checkpoint. Twice the checkpoint's size on disk while it writes.
 *
 * A folder belongs to one run at a time. `write` throws `CHECKPOINT_WRITE` (full disk, permissions) and leaves the
 * previous checkpoint readable; `read` throws `CHECKPOINT_CORRUPT`, `CHECKPOINT_VERSION` or `FILE_READ`.
 *
 * @example
 * train({ ..., checkpoint: { store: fileStore('runs/a'), every: 500 } })
 */
export function fileStore(folder: string): CheckpointStore {
  const manifestPath = join(folder, 'manifest.json')
  // Writes wait for each other: two at once would delete each other's files.
  let queue: Promise<unknown> = Promise.resolve()

  const readManifest = async (): Promise<ManifestFile | undefined> => {
    const bytes = await readPieces(manifestPath)
    return bytes && decodeManifest(new TextDecoder().decode(bytes), manifestPath)
  }

  /** Deletes the tensor file of a failed write, unless the manifest was replaced before the failure. */
  const discard = async (file: string): Promise<void> => {
    try {
      if ((await readManifest())?.tensors.file !== file) await rm(join(folder, file), { force: true })
    } catch {
      // Unknown what the manifest names: keep the file; the next write cleans up.
    }
  }

  const write = async ({ manifest, tensors }: Checkpoint): Promise<void> => {
    // What cannot be encoded fails before anything is touched.
    const parts = safetensorsParts(tensors)
    encodeManifest({ tensors: { file: '', size: 0, sha256: '' }, manifest })
    let file = ''
    try {
      await mkdir(folder, { recursive: true })
      const inUse = await readManifest().catch(() => undefined)
      // What a killed write left must not take the space of this one.
      if (inUse) await removeOthers(folder, inUse.tensors.file)
      file = nextName(manifest.step, inUse?.tensors.file)
      const written = await writeTensors(folder, file, parts)
      await flushFolder(folder)
      await writeFileAtomically(manifestPath, encodeManifest({ tensors: written, manifest }))
    } catch (error) {
      if (file !== '') await discard(file)
      const cause = error instanceof EosError && error.cause !== undefined ? error.cause : error
      const path = file === '' ? folder : join(folder, cause === error ? file : 'manifest.json')
      throw writeError('CHECKPOINT_WRITE', path, cause, 'The previous checkpoint, if there was one, is whole.')
    }
    await removeOthers(folder, file)
  }

  return {
    async read() {
      const saved = await readManifest()
      return saved && { manifest: saved.manifest, tensors: await readTensors(folder, saved.tensors) }
    },
    write(checkpoint) {
      const result = queue.then(() => write(checkpoint))
      queue = result.catch(() => undefined)
      return result
    },
  }
}

/** The name of the next tensor file: never that of the file which the manifest names now. */
function nextName(step: unknown, inUse: string | undefined): string {
  const base = `step-${typeof step === 'number' && Number.isSafeInteger(step) && step >= 0 ? step : 0}`
  const name = `${base}.safetensors`
  return name === inUse ? `${base}-2.safetensors` : name
}

async function writeTensors(folder: string, file: string, parts: readonly Uint8Array[]): Promise<TensorFile> {
  const hash = createHash('sha256')
  let size = 0
  await writeFlushed(join(folder, file), parts, (piece) => {
    hash.update(piece)
    size += piece.length
  })
  return { file, size, sha256: hash.digest('hex') }
}

async function readTensors(folder: string, { file, size, sha256 }: TensorFile): Promise<Checkpoint['tensors']> {
  const path = join(folder, file)
  const fail = (what: string): never => {
    throw new EosError('CHECKPOINT_CORRUPT', `${path} is damaged: ${what}.`, {
      hint: `Delete the folder ${folder} to start anew, or restore it from a copy.`,
    })
  }
  const hash = createHash('sha256')
  const bytes = await readPieces(path, (piece) => hash.update(piece))
  if (!bytes) return fail('the file is missing')
  if (bytes.length !== size) fail(`it has ${bytes.length} bytes, the manifest says ${size}`)
  if (hash.digest('hex') !== sha256) fail('its content does not match its checksum')
  return decodeSafetensors(bytes, path).tensors
}

/** Deletes older tensor files and what killed writes left. A failure is no harm: the next write tries again. */
async function removeOthers(folder: string, keep: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const old = names.filter(
    (name) => (tensorFileName.test(name) && name !== keep) || /^manifest\.json\..*\.tmp$/.test(name),
  )
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true }).catch(() => undefined)))
}
