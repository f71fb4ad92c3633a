import { bindingEngine, loadBinding } from './binding/engine.ts'
import type { Engine, EngineKind } from './engine.ts'
import { OrtError, reasonOf } from './error.ts'
import { loadApi } from './ffi/api.ts'
import { ffiEngine } from './ffi/engine.ts'
import { locateLibrary } from './library.ts'
import { checkThreads } from './threads.ts'

/** How an engine is opened. */
export interface EngineOptions {
  /** Threads that a run uses; default one for each core. Floats are reproducible only for one number of threads. */
  readonly threads?: number
  /** Default `'auto'`: FFI, or the binding where FFI cannot load. */
  readonly engine?: EngineKind | 'auto'
  /** Path of ONNX Runtime's shared library; default `EOS_ORT_LIBRARY`, then that of `onnxruntime-node`. */
  readonly library?: string
}

/**
 * Opens ONNX Runtime. All engines of a process share its environment, whose thread pool has the size that the first of
 * them asked for; the sessions of an engine with another number of threads get pools of their own.
 *
 * Throws `ORT_THREADS`, `ORT_ENGINE`, `ORT_FFI_MISSING`, `ORT_LIBRARY_MISSING`, `ORT_LIBRARY_LOAD`,
 * `ORT_LIBRARY_VERSION`, `ORT_BINDING_MISSING`. Costs about 40 ms the first time.
 */
export function openEngine(options: EngineOptions = {}): Engine {
  const threads = checkThreads(options.threads)
  const kind = options.engine ?? 'auto'
  switch (kind) {
    case 'ffi':
      return ffiEngine(loadApi(locateLibrary(options.library)), threads)
    case 'binding':
      return bindingEngine(loadBinding(), threads)
    case 'auto':
      return openAny(options.library, threads)
    default:
      kind satisfies never
      throw new OrtError('ORT_ENGINE', `There is no engine "${String(kind)}".`, {
        hint: 'Choose "auto", "ffi" or "binding".',
      })
  }
}

function openAny(library: string | undefined, threads: number): Engine {
  try {
    return ffiEngine(loadApi(locateLibrary(library)), threads)
  } catch (error) {
    // A library that was asked for by path must not be replaced by another.
    if (library !== undefined) throw error
    return bindingEngine(loadBinding(), threads, reasonOf(error))
  }
}
