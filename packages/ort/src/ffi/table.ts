/**
 * The part of ONNX Runtime's C API that is used here: index in the `OrtApi` table, result, arguments. The table only
 * ever grows, so an index is right for every version that has the function. A wrong entry is a crash, not an exception.
 */
export type ArgumentKind =
  | 'pointer' // an object of the engine, or null
  | 'memory' // host memory, passed by address
  | 'text'
  | 'int'
  | 'size'
  | 'out' // receives a pointer
  | 'outSize'
  | 'outInt'

export type ResultKind = 'status' | 'void' | 'text'

type Entry = readonly [index: number, result: ResultKind, ...kinds: ArgumentKind[]]

export const table = {
  GetErrorMessage: [2, 'text', 'pointer'],
  CreateEnv: [3, 'status', 'int', 'text', 'out'],
  CreateSessionFromArray: [8, 'status', 'pointer', 'memory', 'size', 'pointer', 'out'],
  CreateSessionOptions: [10, 'status', 'out'],
  SetSessionLogSeverityLevel: [22, 'status', 'pointer', 'int'],
  SetSessionGraphOptimizationLevel: [23, 'status', 'pointer', 'int'],
  SetIntraOpNumThreads: [24, 'status', 'pointer', 'int'],
  SessionGetInputCount: [30, 'status', 'pointer', 'outSize'],
  SessionGetOutputCount: [31, 'status', 'pointer', 'outSize'],
  SessionGetInputName: [36, 'status', 'pointer', 'size', 'pointer', 'out'],
  SessionGetOutputName: [37, 'status', 'pointer', 'size', 'pointer', 'out'],
  CreateTensorWithDataAsOrtValue: [49, 'status', 'pointer', 'memory', 'size', 'memory', 'size', 'int', 'out'],
  CreateCpuMemoryInfo: [69, 'status', 'int', 'int', 'out'],
  AllocatorFree: [76, 'status', 'pointer', 'pointer'],
  GetAllocatorWithDefaultOptions: [78, 'status', 'out'],
  ReleaseEnv: [92, 'void', 'pointer'],
  ReleaseStatus: [93, 'void', 'pointer'],
  ReleaseMemoryInfo: [94, 'void', 'pointer'],
  ReleaseSession: [95, 'void', 'pointer'],
  ReleaseValue: [96, 'void', 'pointer'],
  ReleaseSessionOptions: [100, 'void', 'pointer'],
  CreateEnvWithGlobalThreadPools: [119, 'status', 'int', 'text', 'pointer', 'out'],
  DisablePerSessionThreads: [120, 'status', 'pointer'],
  CreateThreadingOptions: [121, 'status', 'out'],
  ReleaseThreadingOptions: [122, 'void', 'pointer'],
  GetAvailableProviders: [125, 'status', 'out', 'outInt'],
  ReleaseAvailableProviders: [126, 'status', 'pointer', 'int'],
  AddSessionConfigEntry: [130, 'status', 'pointer', 'text', 'text'],
  RunWithBinding: [133, 'status', 'pointer', 'pointer', 'pointer'],
  CreateIoBinding: [134, 'status', 'pointer', 'out'],
  ReleaseIoBinding: [135, 'void', 'pointer'],
  BindInput: [136, 'status', 'pointer', 'text', 'pointer'],
  BindOutput: [137, 'status', 'pointer', 'text', 'pointer'],
  CreateAndRegisterAllocator: [144, 'status', 'pointer', 'pointer', 'pointer'],
  SetGlobalIntraOpNumThreads: [147, 'status', 'pointer', 'int'],
  SetGlobalInterOpNumThreads: [148, 'status', 'pointer', 'int'],
  SetGlobalSpinControl: [149, 'status', 'pointer', 'int'],
} as const satisfies Record<string, Entry>

/** Entries of the table that are read; the highest index above, and one. */
export const tableLength = 150

/** `OrtApi` version that is asked for: the first that has every function above in the libraries of 1.23 and later. */
export const apiVersion = 23

declare const pointer: unique symbol
/** An address in native memory. */
export type Pointer = { readonly [pointer]: true }

interface Arguments {
  pointer: Pointer | null
  memory: ArrayBufferView
  text: string
  int: number
  size: number
  out: [Pointer | null]
  outSize: [number]
  outInt: [number]
}

interface Results {
  status: Pointer | null
  void: undefined
  text: string
}

type ArgumentsOf<Kinds extends readonly unknown[]> = {
  [Position in keyof Kinds]: Kinds[Position] extends ArgumentKind ? Arguments[Kinds[Position]] : never
}

type CallOf<E extends Entry> = E extends readonly [number, infer R extends ResultKind, ...infer Kinds]
  ? NativeCall<ArgumentsOf<Kinds>, Results[R]>
  : never

/** A function of the C API, callable on this thread or, with a callback at the end, on another one. */
export type NativeCall<Parameters extends readonly unknown[], Result> = ((...parameters: Parameters) => Result) & {
  readonly async: (...parameters: [...Parameters, (error: Error | null, result: Result) => void]) => void
}

/** The C API with its TypeScript signatures. */
export type Functions = { readonly [Name in keyof typeof table]: CallOf<(typeof table)[Name]> }
