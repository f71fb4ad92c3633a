import { loadBinding } from './binding/engine.ts'
import type { EngineKind } from './engine.ts'
import { OrtError, reasonOf } from './error.ts'
import { loadApi, loadKoffi } from './ffi/api.ts'
import { availableProviders } from './ffi/providers.ts'
import { libraryVariable, locateLibrary } from './library.ts'
import { defaultThreads, physicalCores } from './threads.ts'
import { testedVersion } from './workarounds.ts'

/** One fact about this machine, and what follows from it. */
export interface Check {
  /** Stable, for programs: `'platform'`, `'node'`, `'glibc'`, `'koffi'`, `'library'` ... */
  readonly id: string
  readonly status: 'ok' | 'warning' | 'error'
  /** What was found: `'1.30.0'`. */
  readonly found: string
  /** What it means, in words. */
  readonly meaning: string
  /** What to do; absent where nothing needs doing. */
  readonly action?: string
}

/** What {@link doctorFacts} found. */
export interface DoctorFacts {
  readonly checks: readonly Check[]
  /** The engine that `openEngine()` would use, or null where there is none. */
  readonly engine: EngineKind | null
}

const platforms = ['linux x64', 'linux arm64', 'darwin arm64', 'win32 x64', 'win32 arm64']
/** Of the libraries that `onnxruntime-node` brings. */
const oldestGlibc = [2, 28] as const
const oldestNode = [20, 19] as const

/** Examines this machine without training anything; never throws. Costs about 50 ms. */
export function doctorFacts(options: { readonly library?: string } = {}): DoctorFacts {
  const ffi = libraryChecks(options.library)
  const binding = ffi.usable ? undefined : bindingCheck()
  const engine = ffi.usable ? 'ffi' : binding?.status === 'error' ? null : 'binding'
  const checks = [
    platformCheck(),
    nodeCheck(),
    ...glibcCheck(),
    koffiCheck(),
    ...ffi.checks,
    threadsCheck(),
    ...(binding === undefined ? [] : [binding]),
    engineCheck(engine),
  ]
  return { checks, engine }
}

function platformCheck(): Check {
  const found = `${process.platform} ${process.arch}`
  if (platforms.includes(found))
    return { id: 'platform', status: 'ok', found, meaning: 'onnxruntime-node has a library for this platform.' }
  return {
    id: 'platform',
    status: 'error',
    found,
    meaning: 'onnxruntime-node has no library for this platform.',
    action: `Use one of ${platforms.join(', ')}, or set ${libraryVariable} to a library of your own.`,
  }
}

function nodeCheck(): Check {
  const found = process.versions.node
  if (!older(found, oldestNode)) return { id: 'node', status: 'ok', found, meaning: 'Node is recent enough.' }
  return {
    id: 'node',
    status: 'error',
    found,
    meaning: `Node ${oldestNode.join('.')} or later is needed.`,
    action: 'Update Node.',
  }
}

function glibcCheck(): Check[] {
  if (process.platform !== 'linux') return []
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  const found = header.glibcVersionRuntime
  if (found === undefined)
    return [
      {
        id: 'glibc',
        status: 'error',
        found: 'none',
        meaning: 'This system has another C library, such as musl; ONNX Runtime is built for glibc.',
        action: 'Use a Linux with glibc, Debian or Ubuntu for example.',
      },
    ]
  if (!older(found, oldestGlibc))
    return [{ id: 'glibc', status: 'ok', found, meaning: 'The C library is recent enough for ONNX Runtime.' }]
  return [
    {
      id: 'glibc',
      status: 'error',
      found,
      meaning: `ONNX Runtime needs glibc ${oldestGlibc.join('.')} or later.`,
      action: 'Update the system.',
    },
  ]
}

function koffiCheck(): Check {
  try {
    const found = (loadKoffi() as unknown as { version: string }).version
    return { id: 'koffi', status: 'ok', found, meaning: 'The FFI library works.' }
  } catch (error) {
    return {
      id: 'koffi',
      status: 'warning',
      found: 'missing',
      meaning: `${reasonOf(error)} The slower JavaScript binding is used instead.`,
      action: 'Reinstall the dependencies; do not leave out koffi.',
    }
  }
}

function libraryChecks(library: string | undefined): { checks: Check[]; usable: boolean } {
  let path: string
  try {
    path = locateLibrary(library)
  } catch (error) {
    return { checks: [failed('library', 'missing', error)], usable: false }
  }
  const located: Check = { id: 'library', status: 'ok', found: path, meaning: 'This ONNX Runtime is used.' }
  try {
    const api = loadApi(path)
    const providers: Check = {
      id: 'providers',
      status: 'ok',
      found: availableProviders(api).join(', '),
      meaning: 'Execution providers that are built into the library; whether their hardware is here is another matter.',
    }
    return { checks: [located, versionCheck(api.version), providers], usable: true }
  } catch (error) {
    // Without koffi nothing is wrong with the library, and the check of koffi says so.
    if (error instanceof OrtError && error.code === 'ORT_FFI_MISSING') return { checks: [located], usable: false }
    return { checks: [failed('library', path, error)], usable: false }
  }
}

function versionCheck(found: string): Check {
  if (found === testedVersion)
    return { id: 'version', status: 'ok', found, meaning: 'This version of ONNX Runtime is the tested one.' }
  return {
    id: 'version',
    status: 'warning',
    found,
    meaning: `This version of ONNX Runtime is not the tested one, ${testedVersion}; its quirks may differ.`,
    action: `Install onnxruntime-node ${testedVersion}.`,
  }
}

function threadsCheck(): Check {
  const cores = physicalCores()
  return {
    id: 'threads',
    status: 'ok',
    found: String(defaultThreads()),
    meaning: `Threads that a run uses unless told otherwise${cores === undefined ? '' : `; this machine has ${cores} cores`}.`,
  }
}

function bindingCheck(): Check {
  try {
    const found = loadBinding().env.versions.node ?? 'unknown'
    return { id: 'binding', status: 'ok', found, meaning: 'The JavaScript binding of ONNX Runtime works.' }
  } catch (error) {
    return failed('binding', 'missing', error)
  }
}

function engineCheck(engine: EngineKind | null): Check {
  switch (engine) {
    case 'ffi':
      return { id: 'engine', status: 'ok', found: engine, meaning: 'Tensors stay in place and runs do not block.' }
    case 'binding':
      return {
        id: 'engine',
        status: 'warning',
        found: engine,
        meaning: 'The fallback: results are right, runs are slower and block the event loop.',
        action: 'See the warnings and errors above.',
      }
    case null:
      return {
        id: 'engine',
        status: 'error',
        found: 'none',
        meaning: 'ONNX Runtime cannot be used on this machine.',
        action: 'See the errors above.',
      }
  }
}

function failed(id: string, found: string, error: unknown): Check {
  const known = error instanceof OrtError ? error : new OrtError('ORT_UNKNOWN', reasonOf(error))
  return {
    id,
    status: 'error',
    found,
    meaning: known.fact,
    ...(known.hint === undefined ? {} : { action: known.hint }),
  }
}

/** Whether a dotted version is older than major.minor. */
function older(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number)
  return a < major || (a === major && b < minor)
}
