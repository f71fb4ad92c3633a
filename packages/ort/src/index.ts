/**
 * ONNX Runtime for Node: sessions over tensors in host memory that stay in place, run now or beside the event loop.
 * @module
 */
export { type Check, type DoctorFacts, doctorFacts } from './doctor.ts'
export type { ElementType, HostArray, HostArrays } from './element.ts'
export type { Engine, EngineKind, EngineMemory, EngineTensor, Releasable, Session, SessionOptions } from './engine.ts'
export { OrtError, type OrtErrorOptions } from './error.ts'
export { locateLibrary } from './library.ts'
export { type EngineOptions, openEngine } from './open-engine.ts'
export { defaultThreads } from './threads.ts'
export { testedVersion } from './workarounds.ts'
