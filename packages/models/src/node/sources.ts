import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EosError } from '@eos-sgd/core'
import type { FetchableDataset, FetchedFile } from './catalogue.ts'
import type { RunCommand } from './run-command.ts'

/** Takes a file that a source brought. */
export type Deliver = (file: FetchedFile, bytes: Uint8Array, from: string) => Promise<void>

/** One way to get a data set: brings the files asked for and says which version they are; throws where it cannot. */
export interface Source {
  readonly name: 'folder' | 'debian' | 'https'
  bring(dataset: FetchableDataset, files: readonly FetchedFile[], deliver: Deliver): Promise<string>
}

/** A folder with the files, plain or gzipped. */
export const folderSource = (folder: string): Source => ({
  name: 'folder',
  async bring(_, files, deliver) {
    for (const file of files) {
      const found = await firstOf([path.join(folder, file.name), path.join(folder, `${file.name}.gz`)])
      if (!found) throw new Error(`${folder} holds neither ${file.name} nor ${file.name}.gz`)
      await deliver(file, found.bytes, found.path)
    }
    return folder
  },
})

/** Debian's package, unpacked into a temporary folder, not installed. Needs `apt-get` and `dpkg-deb`. */
export const debianSource = (run: RunCommand): Source => ({
  name: 'debian',
  async bring({ debian }, files, deliver) {
    const folder = await mkdtemp(path.join(tmpdir(), 'eos-fetch-'))
    try {
      const download = (): ReturnType<RunCommand> => run('apt-get', ['download', debian.package], folder)
      let result = await download()
      if (result.code !== 0) {
        const update = await run('apt-get', ['update'], folder)
        if (update.code !== 0) throw new Error(`apt-get download: ${result.reason}; apt-get update: ${update.reason}`)
        result = await download()
      }
      if (result.code !== 0) throw new Error(`apt-get download: ${result.reason}`)
      const archive = (await readdir(folder)).find((name) => name.endsWith('.deb'))
      if (!archive) throw new Error(`apt-get download brought no ${debian.package}`)
      const unpacked = path.join(folder, 'unpacked')
      const unpack = await run('dpkg-deb', ['-x', path.join(folder, archive), unpacked], folder)
      if (unpack.code !== 0) throw new Error(`dpkg-deb: ${unpack.reason}`)
      await folderSource(path.join(unpacked, debian.folder)).bring({} as FetchableDataset, files, deliver)
      return `Debian ${decodeURIComponent(archive.replace(/_[^_]*\.deb$/, '').replace('_', ' '))}`
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
})

/** The data set's own place on the web. */
export const httpsSource = (get: typeof fetch, signal?: AbortSignal): Source => ({
  name: 'https',
  async bring({ url }, files, deliver) {
    for (const file of files) {
      const address = `${url}${file.name}.gz`
      const response = await get(address, signal ? { signal } : {})
      if (!response.ok) throw new Error(`${address} answered with status ${response.status}`)
      await deliver(file, new Uint8Array(await response.arrayBuffer()), address)
    }
    return url
  },
})

/** What a source's failure says, without our own prefix. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof EosError) return error.message.replace('[eos] ', '')
  const inner = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return `${error.message}${inner}`
}

async function firstOf(
  paths: readonly string[],
): Promise<{ readonly path: string; readonly bytes: Uint8Array } | undefined> {
  for (const file of paths) {
    try {
      return { path: file, bytes: await readFile(file) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return undefined
}
