/**
 * The default backend: ONNX Runtime on the CPU.
 * @module
 */

export type { Backend, Capabilities, DeviceTensor, Program } from '@eos-sgd/core'
export { type CpuBackend, type CpuOptions, cpu } from './cpu.ts'
