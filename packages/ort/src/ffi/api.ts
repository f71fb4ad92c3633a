import { createRequire } from 'node:module'
import { OrtError, reasonOf } from '../error.ts'
import { enlargeStacks, supportedVersion } from '../workarounds.ts'
import {
  type ArgumentKind,
  apiVersion,
  type Functions,
  type Pointer,
  type ResultKind,
  table,
  tableLength,
} from './table.ts'

export type Koffi = typeof import('koffi')

/** The engine's library, loaded. */
export interface Api {
  readonly path: string
  /** Version of ONNX Runtime, `'1.30.0'`. */
  readonly version: string
  readonly call: Functions
  readonly koffi: Koffi
}

const argumentTypes: Readonly<Record<ArgumentKind, (koffi: Koffi) => ReturnType<Koffi['pointer']> | string>> = {
  pointer: () => 'void*',
  memory: () => 'void*',
  text: () => 'str',
  int: () => 'int',
  size: () => 'size_t',
  out: (koffi) => koffi.out(koffi.pointer('void*')),
  outSize: (koffi) => koffi.out(koffi.pointer('size_t')),
  outInt: (koffi) => koffi.out(koffi.pointer('int')),
}
const resultTypes: Readonly<Record<ResultKind, string>> = { status: 'void*', void: 'void', text: 'str' }

const loaded = new Map<string, Api>()

/** The FFI library. Throws `ORT_FFI_MISSING` where it has no build for this platform or is not installed. */
export function loadKoffi(): Koffi {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi
    enlargeStacks(koffi)
    return koffi
  } catch (cause) {
    throw new OrtError('ORT_FFI_MISSING', `The FFI library koffi cannot be loaded (${reasonOf(cause)}).`, {
      hint: 'Install koffi, or use the slower engine "binding".',
      cause,
    })
  }
}

/**
 * Loads ONNX Runtime from a shared library; a path is loaded once per thread.
 * Throws `ORT_FFI_MISSING`, `ORT_LIBRARY_LOAD`, `ORT_LIBRARY_VERSION`. Costs about 30 ms the first time.
 */
export function loadApi(path: string): Api {
  const known = loaded.get(path)
  if (known !== undefined) return known
  const koffi = loadKoffi()
  let base: Pointer
  try {
    base = koffi.load(path).func('OrtGetApiBase', 'void*', [])()
  } catch (cause) {
    throw new OrtError('ORT_LIBRARY_LOAD', `${path} cannot be loaded as ONNX Runtime (${reasonOf(cause)}).`, {
      hint: 'On Linux it needs glibc 2.28 or later; `eos doctor` says what this machine has.',
      cause,
    })
  }
  // struct OrtApiBase { const OrtApi* (*GetApi)(uint32_t); const char* (*GetVersionString)(void); }
  const [getApi, getVersion] = koffi.decode(base, koffi.array('void*', 2)) as [Pointer, Pointer]
  const version = koffi.decode(getVersion, koffi.proto('str', []))() as string
  const entries = koffi.decode(getApi, koffi.proto('void*', ['uint32']))(apiVersion) as Pointer | null
  if (entries === null || !supportedVersion(version))
    throw new OrtError('ORT_LIBRARY_VERSION', `${path} is ONNX Runtime ${version}, which is too old.`, {
      hint: 'Use 1.23 or later; 1.30.0 is tested.',
    })
  const pointers = koffi.decode(entries, koffi.array('void*', tableLength)) as Pointer[]
  const call = Object.fromEntries(
    Object.entries(table).map(([name, [index, result, ...kinds]]) => {
      const parameters = (kinds as ArgumentKind[]).map((kind) => argumentTypes[kind](koffi))
      return [name, koffi.decode(pointers[index], koffi.proto(resultTypes[result], parameters))]
    }),
  ) as unknown as Functions
  const api: Api = { path, version, call, koffi }
  loaded.set(path, api)
  return api
}
