import type { ElementType, HostArrays } from './element.ts'

/** Something that holds native memory until it is disposed. Disposing twice is a no-op. */
export interface Releasable {
  dispose(): void
  [Symbol.dispose](): void
}

/** A tensor in host memory that the engine reads and writes in place. */
export interface EngineTensor<Type extends ElementType = ElementType> extends Releasable {
  readonly type: Type
  readonly shape: readonly number[]
  readonly bytes: number
  /** The memory itself, live and row-major. Throws `ORT_DISPOSED` after `dispose()`. */
  readonly host: HostArrays[Type]
  readonly disposed: boolean
  /** What asynchronous runs do with it now: the host must not write to it unless `free`, nor read it while `written`. */
  readonly use: 'free' | 'read' | 'written'
}

/** Counters that must be flat over a training run. */
export interface EngineMemory {
  readonly tensors: number
  /** Bytes of all live tensors; the engine's own scratch memory is not counted. */
  readonly bytes: number
  readonly sessions: number
}

/** A compiled model. Inputs and outputs are passed in the order of `inputs` and `outputs`. */
export interface Session extends Releasable {
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /**
   * Runs on the calling thread and returns when the outputs are written; absent where the engine cannot. Costs about
   * 3 microseconds plus 0.5 for each tensor that is not the one of the run before.
   * Throws `ORT_DISPOSED`, `ORT_BUSY`, `ORT_ARGUMENTS`, `ORT_RUN`.
   */
  runNow?(inputs: readonly EngineTensor[], outputs: readonly EngineTensor[]): void
  /** Runs beside the event loop; one run of a session at a time. Rejects with the errors of `runNow`. */
  run(inputs: readonly EngineTensor[], outputs: readonly EngineTensor[]): Promise<void>
}

/** How a session is opened. */
export interface SessionOptions {
  /** Names the session in errors. Default `'model'`. */
  readonly name?: string
}

/** Which route leads to ONNX Runtime: its C API through FFI, or the JavaScript binding. */
export type EngineKind = 'ffi' | 'binding'

/** One way to ONNX Runtime, with its threads. Everything opened from it ends with it. */
export interface Engine extends Releasable {
  readonly kind: EngineKind
  /** Version of ONNX Runtime. */
  readonly version: string
  /** Threads that one run uses, the calling one included. */
  readonly threads: number
  /** Why a better engine is not used, where this one is a fallback. */
  readonly fallback?: string
  /** Compiles the bytes of an `.onnx` file, off the event loop. Rejects with `ORT_MODEL`, `ORT_DISPOSED`. */
  open(model: Uint8Array, options?: SessionOptions): Promise<Session>
  /** A tensor of zeros. Throws `ORT_SHAPE`, `ORT_DISPOSED`. */
  allocate<Type extends ElementType>(type: Type, shape: readonly number[]): EngineTensor<Type>
  memory(): EngineMemory
}
