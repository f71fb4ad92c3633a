import { createRequire } from 'node:module'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import type { ElementType } from '../element.ts'
import type { Engine, EngineMemory, EngineTensor, Session, SessionOptions } from '../engine.ts'
import { OrtError, reasonOf } from '../error.ts'
import { hostArray } from '../host-array.ts'
import { HostTensor, type TensorMaker } from '../host-tensor.ts'
import { Inventory } from '../inventory.ts'
import { failedModel } from '../session-errors.ts'
import { bindingSettings } from '../workarounds.ts'
import { BindingSession } from './session.ts'

export type Binding = typeof import('onnxruntime-node')

/** The JavaScript binding. Throws `ORT_BINDING_MISSING` where it cannot be loaded. */
export function loadBinding(): Binding {
  try {
    return createRequire(import.meta.url)('onnxruntime-node') as Binding
  } catch (cause) {
    throw new OrtError('ORT_BINDING_MISSING', `onnxruntime-node cannot be loaded (${reasonOf(cause)}).`, {
      hint: 'Install onnxruntime-node 1.30.0; on Linux it needs glibc 2.28 or later.',
      cause,
    })
  }
}

/**
 * The engine over the JavaScript binding, for where FFI cannot load. Every run allocates fresh outputs and copies them
 * into the caller's, every session has its own threads, and a run blocks the event loop: use it to work, not to be fast.
 */
export function bindingEngine(binding: Binding, threads: number, fallback?: string): Engine {
  const inventory = new Inventory<HostTensor<Tensor>, BindingSession>(() => {})
  const tensors: TensorMaker<Tensor> = {
    array: hostArray,
    wrap: (type, shape, array) => new binding.Tensor(type, array, shape),
    released: (tensor) => {
      tensor.native.dispose()
      inventory.removeTensor(tensor)
    },
  }

  return {
    kind: 'binding',
    version: binding.env.versions.node ?? 'unknown',
    threads,
    ...(fallback === undefined ? {} : { fallback }),
    allocate<Type extends ElementType>(type: Type, shape: readonly number[]): EngineTensor<Type> {
      inventory.checkOpen()
      return inventory.addTensor(new HostTensor(tensors, type, shape)) as EngineTensor as EngineTensor<Type>
    },
    async open(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
      inventory.checkOpen()
      const name = options.name ?? 'model'
      let native: InferenceSession
      try {
        native = await binding.InferenceSession.create(model, {
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          graphOptimizationLevel: 'all',
          logSeverityLevel: 3,
          extra: bindingSettings,
        })
      } catch (cause) {
        throw failedModel(name, cause)
      }
      return inventory.addSession(new BindingSession(name, tensors, native, (it) => inventory.removeSession(it)))
    },
    memory: (): EngineMemory => inventory.memory(),
    dispose: () => inventory.end(),
    [Symbol.dispose]: () => inventory.end(),
  }
}
