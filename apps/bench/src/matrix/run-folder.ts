import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { EosError, type Which } from '@eos-sgd/core'
import { writeFileAtomically } from '@eos-sgd/core/node'
import type { CellSummary } from '../analysis/cell-summary.ts'
import { onDisk } from './disk.ts'
import type { Hardware } from './hardware.ts'
import { type Cell, type CellSpec, cellId } from './spec.ts'

export const manifestSchema = 'eos-sgd/run@1'
export const resultSchema = 'eos-sgd/cell-result@1'

/** What a run folder is about: written when a matrix starts, replaced when it is started again with other rows. */
export interface Manifest {
  readonly schema: typeof manifestSchema
  readonly name: string
  /** The command that makes this folder again. */
  readonly command: string
  readonly started: string
  readonly jobs: number
  readonly hardware: Hardware
  /** A target loss that was given, instead of the workload's rule. */
  readonly target?: number
  readonly cells: readonly Cell[]
}

/** How a cell ended. */
export type CellResult =
  | {
      readonly schema: typeof resultSchema
      readonly status: 'done'
      readonly hardware: Hardware
      readonly algorithm: string
      readonly gain: number | null
      readonly summary: CellSummary
      /** Seconds of its process from start to end; absent where it was interrupted. */
      readonly wall?: number
    }
  | {
      readonly schema: typeof resultSchema
      readonly status: 'failed'
      readonly reason: string
      readonly stderr: string
    }

/** Files of a cell. */
export interface CellFiles {
  readonly folder: string
  readonly spec: string
  readonly events: string
  readonly result: string
  readonly checkpoint: string
  /** Weights at the end and those of the lowest validation loss, of cells that keep them. */
  readonly weights: Readonly<Record<Which, string>>
}

/** `runs/<name>/` with `manifest.json` and `cells/<cellId>/{spec.json, events.jsonl, result.json, checkpoint}`. */
export interface RunFolder {
  readonly path: string
  files(id: string): CellFiles
  manifest(): Manifest | undefined
  writeManifest(manifest: Manifest): Promise<void>
  /** What a cell computes. */
  spec(id: string): CellSpec
  /** Makes the folder of a cell with its spec. */
  prepare(cell: Cell): Promise<void>
  result(id: string): CellResult | undefined
  writeResult(id: string, result: CellResult): Promise<void>
  /** Writes a file beside the manifest and returns its path. */
  write(name: string, text: string): Promise<string>
}

/** Not what a process leaves that is killed before it has written the manifest. */
const isForeign = (name: string): boolean => name !== 'lock' && !name.endsWith('.tmp')

/** Opens a run folder, or names one to be made. Throws `RUN_FOLDER` for a folder that holds something else. */
export function runFolder(folder: string): RunFolder {
  const manifestFile = path.join(folder, 'manifest.json')
  if (existsSync(folder) && !existsSync(manifestFile) && onDisk(folder, () => readdirSync(folder)).some(isForeign))
    throw new EosError('RUN_FOLDER', `${folder} is not a run folder: it has files but no manifest.json.`, {
      hint: 'Choose another folder with --out; nothing was changed.',
    })
  const files = (id: string): CellFiles => {
    const cell = path.join(folder, 'cells', id)
    const at = (name: string): string => path.join(cell, name)
    return {
      folder: cell,
      spec: at('spec.json'),
      events: at('events.jsonl'),
      result: at('result.json'),
      checkpoint: at('checkpoint'),
      weights: { current: at('weights.safetensors'), best: at('best.safetensors') },
    }
  }
  const spec = (id: string): CellSpec => {
    const file = files(id).spec
    const value = readJson(file) as CellSpec | null
    if (!value || cellId(value) !== id) throw corrupt(file, 'it is not the spec that its folder is named after')
    return value
  }
  return {
    path: folder,
    files,
    manifest: () => (existsSync(manifestFile) ? checkManifest(manifestFile, readJson(manifestFile)) : undefined),
    writeManifest: (manifest) => writeFileAtomically(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`),
    spec,
    async prepare(cell) {
      const file = files(cell.id).spec
      if (existsSync(file)) spec(cell.id)
      else await writeFileAtomically(file, `${JSON.stringify(cell.spec, null, 2)}\n`)
    },
    result(id) {
      const { result } = files(id)
      return existsSync(result) ? checkResult(result, readJson(result)) : undefined
    },
    writeResult: (id, result) => writeFileAtomically(files(id).result, `${JSON.stringify(result, null, 2)}\n`),
    async write(name, text) {
      const file = path.join(folder, name)
      await writeFileAtomically(file, text)
      return file
    },
  }
}

/** An existing run folder with its manifest. Throws `RUN_FOLDER` where there is none. */
export function existingRun(folder: string): { readonly run: RunFolder; readonly manifest: Manifest } {
  if (!existsSync(folder))
    throw new EosError('RUN_FOLDER', `There is no run folder ${folder}.`, {
      hint: 'Start one with `eos matrix --out FOLDER`.',
    })
  const run = runFolder(folder)
  const manifest = run.manifest()
  if (!manifest)
    throw new EosError('RUN_FOLDER', `${folder} holds no run.`, { hint: 'Start one with `eos matrix --out FOLDER`.' })
  return { run, manifest }
}

/** What is wrong with a file of a run folder, and what to do. */
export const corrupt = (file: string, why: string): EosError =>
  new EosError('RUN_CORRUPT', `${file} is corrupt: ${why}.`, {
    hint:
      path.basename(file) === 'manifest.json'
        ? 'Move the run folder away, or restore the file; nothing was changed.'
        : `Delete the folder ${path.dirname(file)} to run this cell again; nothing was changed.`,
  })

function readJson(file: string): unknown {
  const text = onDisk(file, () => readFileSync(file, 'utf8'))
  try {
    return JSON.parse(text)
  } catch {
    throw corrupt(file, 'it is not JSON')
  }
}

function checkManifest(file: string, value: unknown): Manifest {
  const manifest = value as Partial<Manifest> | null
  if (manifest?.schema !== manifestSchema) throw corrupt(file, `its schema is not ${manifestSchema}`)
  if (!Array.isArray(manifest.cells)) throw corrupt(file, 'it lists no cells')
  for (const cell of manifest.cells)
    if (cellId(cell?.spec ?? {}) !== cell?.id) throw corrupt(file, `cell ${cell?.id} is not the hash of its spec`)
  return manifest as Manifest
}

function checkResult(file: string, value: unknown): CellResult {
  const result = value as Partial<CellResult> | null
  if (result?.schema !== resultSchema) throw corrupt(file, `its schema is not ${resultSchema}`)
  if (result.status === 'done' ? typeof result.summary !== 'object' : result.status !== 'failed')
    throw corrupt(file, 'it has no summary')
  return result as CellResult
}
