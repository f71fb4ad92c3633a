import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { OrtError, reasonOf } from './error.ts'

const fileNames: Readonly<Record<string, string>> = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
  win32: 'onnxruntime.dll',
}

/** Environment variable that names the library, for a build of one's own. */
export const libraryVariable = 'EOS_ORT_LIBRARY'

/**
 * Path of ONNX Runtime's shared library: the given one, else that of `EOS_ORT_LIBRARY`, else the one beside the binding
 * of `onnxruntime-node`. Throws `ORT_LIBRARY_MISSING`.
 */
export function locateLibrary(given?: string): string {
  const chosen = given ?? (process.env[libraryVariable] || undefined)
  if (chosen !== undefined) {
    if (existsSync(chosen)) return chosen
    throw new OrtError('ORT_LIBRARY_MISSING', `There is no ONNX Runtime library at ${chosen}.`, {
      hint: `Correct ${given === undefined ? libraryVariable : 'the `library` option'}, or leave it out.`,
    })
  }
  const name = fileNames[process.platform]
  const wanted = `onnxruntime-node has no library for ${process.platform} ${process.arch}`
  if (name === undefined) throw missing(wanted)
  const binaries = join(packageFolder(), 'bin')
  // The folder is named after the version of Node-API, `napi-v6`.
  const folders = existsSync(binaries) ? readdirSync(binaries).filter((folder) => folder.startsWith('napi-')) : []
  const found = folders.map((folder) => join(binaries, folder, process.platform, process.arch, name)).find(existsSync)
  if (found === undefined) throw missing(wanted)
  return found
}

function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  } catch (cause) {
    throw missing(`onnxruntime-node is not installed (${reasonOf(cause)})`, cause)
  }
}

const missing = (fact: string, cause?: unknown): OrtError =>
  new OrtError('ORT_LIBRARY_MISSING', `${fact}.`, {
    hint: `Install onnxruntime-node, or set ${libraryVariable} to the path of an ONNX Runtime library.`,
    cause,
  })
