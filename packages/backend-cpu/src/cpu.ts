import type { Backend, Program } from '@eos-sgd/core'
import { openEngine } from '@eos-sgd/ort'
import { translated } from './error.ts'
import { compileProgram } from './program.ts'
import { CpuTensor, copyTensor, readTensor, writeTensor } from './tensor.ts'

/** Options of {@link cpu}. */
export interface CpuOptions {
  /** Threads that a program uses; default one for each core. A run is reproduced bit for bit only with the same number. */
  readonly threads?: number
  /** Route to ONNX Runtime; default `'auto'`: FFI, or the slower binding where FFI cannot load. */
  readonly engine?: 'auto' | 'ffi' | 'binding'
}

/** The backend, and which engine it found. */
export interface CpuBackend extends Backend {
  readonly engine: 'ffi' | 'binding'
  /** Why the slower engine is used, where it is a fallback. */
  readonly fallback?: string
}

/**
 * The default backend: ONNX Runtime on the processor. Tensors live in host memory and are computed on in place.
 *
 * Rejects with `BACKEND_THREADS`, `BACKEND_ENGINE`, or `ORT_LIBRARY_MISSING` and its like where ONNX Runtime cannot be
 * loaded. Costs about 40 ms the first time.
 */
export async function cpu(options: CpuOptions = {}): Promise<CpuBackend> {
  const engine = translated({ ORT_THREADS: 'BACKEND_THREADS', ORT_ENGINE: 'BACKEND_ENGINE' }, () => openEngine(options))
  return {
    name: 'cpu',
    threads: engine.threads,
    engine: engine.kind,
    ...(engine.fallback === undefined ? {} : { fallback: engine.fallback }),
    capabilities: { residency: 'host', dtypes: ['float32', 'float64', 'int64', 'int32', 'bool'], unsupported: [] },
    compile: (graph): Promise<Program> => compileProgram(engine, graph),
    allocate: (type) => new CpuTensor(engine, type),
    upload(type, data) {
      const tensor = new CpuTensor(engine, type)
      try {
        writeTensor(engine, tensor, data)
        return tensor
      } catch (error) {
        tensor.dispose()
        throw error
      }
    },
    write: (tensor, data) => writeTensor(engine, tensor, data),
    copy: (from, to) => copyTensor(engine, from, to),
    download: async (tensor) => readTensor(engine, tensor),
    memory() {
      const { tensors, bytes, sessions } = engine.memory()
      return { tensors, bytes, programs: sessions }
    },
    dispose: () => engine.dispose(),
  }
}
