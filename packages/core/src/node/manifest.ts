import { createHash } from 'node:crypto'
import { EosError } from '@eos-sgd/graph'
import type { Checkpoint } from '../checkpoint/checkpoint.ts'
import { stringifyJson } from '../checkpoint/json.ts'

/** The version of the folder's format; a newer one is refused. */
export const formatVersion = 1

const formatName = 'eos-sgd checkpoint'

/** The file of tensors that a manifest names. */
export interface TensorFile {
  readonly file: string
  /** Bytes. */
  readonly size: number
  readonly sha256: string
}

/** What `manifest.json` says. */
export interface ManifestFile {
  readonly tensors: TensorFile
  readonly manifest: Checkpoint['manifest']
}

/** Names of tensor files: `step-120.safetensors`, or `step-120-2.safetensors` where the first is still in use. */
export const tensorFileName = /^step-\d+(-\d+)?\.safetensors$/

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The text of a manifest file. Throws `NOT_JSON` for host state that would not come back. */
export function encodeManifest({ tensors, manifest }: ManifestFile): string {
  const state = stringifyJson(manifest)
  const head = JSON.stringify({ format: formatName, version: formatVersion, tensors, sha256: sha256(state) }, null, 2)
  return `${head.slice(0, -2)},\n  "manifest": ${state}\n}\n`
}

/** Throws `CHECKPOINT_CORRUPT` for text that is not a whole manifest, `CHECKPOINT_VERSION` for one of a newer format. */
export function decodeManifest(text: string, path: string): ManifestFile {
  const fail = (what: string): never => {
    throw new EosError('CHECKPOINT_CORRUPT', `${path} is damaged: ${what}.`, {
      hint: 'Delete the checkpoint folder to start anew, or restore it from a copy.',
    })
  }
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return fail(`it is not JSON (${(error as Error).message})`)
  }
  if (!isRecord(value) || value.format !== formatName) return fail('it is not the manifest of a checkpoint')
  const { version, tensors, manifest, sha256: digest } = value
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) return fail('it has no version')
  if (version > formatVersion)
    throw new EosError(
      'CHECKPOINT_VERSION',
      `${path} has version ${version} of the format, this program reads up to ${formatVersion}.`,
      {
        hint: 'Update eos-sgd, or choose another checkpoint folder.',
      },
    )
  if (!isRecord(manifest) || sha256(JSON.stringify(manifest)) !== digest)
    return fail('its content does not match its checksum')
  if (!isRecord(tensors)) return fail('it names no file of tensors')
  const { file, size, sha256: hash } = tensors
  if (typeof file !== 'string' || !tensorFileName.test(file) || typeof size !== 'number' || typeof hash !== 'string')
    return fail('it names no file of tensors')
  return { tensors: { file, size, sha256: hash }, manifest: manifest as Checkpoint['manifest'] }
}
