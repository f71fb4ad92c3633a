import { EosError } from '@eos-sgd/core'

type FileSystem = { readFileSync(path: URL): Uint8Array }
type NodeProcess = { getBuiltinModule?(id: string): unknown }

/**
 * A file that the package carries: read from disk in Node, fetched in browsers. Throws `ASSET` when it is not there.
 * Node's file system is asked for by name at run time, so that bundlers for browsers have nothing to resolve.
 */
export async function readAsset(url: URL): Promise<Uint8Array> {
  try {
    if (url.protocol === 'file:') {
      const { process } = globalThis as { readonly process?: NodeProcess }
      const files = process?.getBuiltinModule?.('node:fs') as FileSystem | undefined
      if (!files) throw new Error('only Node reads files')
      return files.readFileSync(url)
    }
    const response = await fetch(url)
    if (!response.ok) throw new Error(`HTTP status ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (cause) {
    throw new EosError('ASSET', `A file of the package cannot be read: ${url}.`, {
      hint: 'Install the package again, or serve its data folder beside its code.',
      cause,
    })
  }
}
