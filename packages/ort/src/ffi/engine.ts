import { type ElementType, elements } from '../element.ts'
import type { Engine, EngineMemory, EngineTensor, Session, SessionOptions } from '../engine.ts'
import { OrtError, reasonOf } from '../error.ts'
import { hostArray } from '../host-array.ts'
import { HostTensor, type TensorMaker } from '../host-tensor.ts'
import { Inventory } from '../inventory.ts'
import { failedModel } from '../session-errors.ts'
import { lacksSharedPool, sessionSettings } from '../workarounds.ts'
import type { Api } from './api.ts'
import { type Environment, holdEnvironment, logErrors } from './environment.ts'
import { FfiSession } from './session.ts'
import { callAside, check, create } from './status.ts'
import type { Pointer } from './table.ts'

/** `ORT_ENABLE_ALL`. */
const allOptimisations = 99

/** The engine over the C API. Costs about 1 ms, and the threads of its pool where it is the first in the process. */
export function ffiEngine(api: Api, threads: number): Engine {
  const environment = holdEnvironment(api, threads)
  const inventory = new Inventory<HostTensor<Pointer>, FfiSession>(() => environment.lifetime.drop())
  const { call, koffi } = api
  const tensors: TensorMaker<Pointer> = {
    array: (type, length) => hostArray(type, length, (buffer) => koffi.address(buffer)),
    wrap: (type, shape, array) => {
      const extents = BigInt64Array.from(shape, BigInt)
      const { code } = elements[type]
      return create(api, (out) =>
        call.CreateTensorWithDataAsOrtValue(
          environment.memory,
          array,
          array.byteLength,
          extents,
          extents.length,
          code,
          out,
        ),
      )
    },
    released: (tensor) => {
      call.ReleaseValue(tensor.native)
      inventory.removeTensor(tensor)
    },
  }

  return {
    kind: 'ffi',
    version: api.version,
    threads,
    allocate<Type extends ElementType>(type: Type, shape: readonly number[]): EngineTensor<Type> {
      inventory.checkOpen()
      return inventory.addTensor(new HostTensor(tensors, type, shape)) as EngineTensor as EngineTensor<Type>
    },
    async open(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
      inventory.checkOpen()
      const name = options.name ?? 'model'
      // The engine may be disposed while the model compiles.
      environment.lifetime.hold()
      try {
        const native = await createSession(api, environment, threads, model)
        const session = new FfiSession(name, api, tensors, native, (it) => inventory.removeSession(it))
        return inventory.addSession(session)
      } catch (cause) {
        if (cause instanceof OrtError && cause.code === 'ORT_DISPOSED') throw cause
        throw failedModel(name, cause)
      } finally {
        environment.lifetime.drop()
      }
    },
    memory: (): EngineMemory => inventory.memory(),
    dispose: () => inventory.end(),
    [Symbol.dispose]: () => inventory.end(),
  }
}

async function createSession(api: Api, environment: Environment, threads: number, model: Uint8Array): Promise<Pointer> {
  if (environment.pool !== threads) return createSessionWith(api, environment, threads, model, 'own')
  try {
    return await createSessionWith(api, environment, threads, model, 'shared')
  } catch (error) {
    if (!lacksSharedPool(reasonOf(error))) throw error
    return createSessionWith(api, environment, threads, model, 'own')
  }
}

async function createSessionWith(
  api: Api,
  environment: Environment,
  threads: number,
  model: Uint8Array,
  pool: 'shared' | 'own',
): Promise<Pointer> {
  const { call } = api
  const options = create(api, (out) => call.CreateSessionOptions(out))
  try {
    check(api, call.SetSessionLogSeverityLevel(options, logErrors))
    check(api, call.SetSessionGraphOptimizationLevel(options, allOptimisations))
    check(api, pool === 'shared' ? call.DisablePerSessionThreads(options) : call.SetIntraOpNumThreads(options, threads))
    for (const [key, value] of Object.entries(sessionSettings(pool)))
      check(api, call.AddSessionConfigEntry(options, key, value))
    const out: [Pointer | null] = [null]
    await callAside(api, call.CreateSessionFromArray, environment.pointer, model, model.byteLength, options, out)
    return out[0] as Pointer
  } finally {
    call.ReleaseSessionOptions(options)
  }
}
