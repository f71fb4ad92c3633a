import { isMainThread } from 'node:worker_threads'
import { Lifetime } from '../lifetime.ts'
import type { Api } from './api.ts'
import { check, create } from './status.ts'
import type { Pointer } from './table.ts'

/** `ORT_LOGGING_LEVEL_ERROR`. */
export const logErrors = 3
/** `OrtArenaAllocator`, `OrtMemTypeDefault`. */
const arenaAllocator = 1
const defaultMemory = 0

/**
 * The process's environment of ONNX Runtime. There is only ever one, whoever makes it: its threads are those of the
 * engine that opened first.
 */
export interface Environment {
  readonly pointer: Pointer
  /** Describes host memory. */
  readonly memory: Pointer
  /** Threads of the pool that its sessions share, or 0 where there is none. */
  readonly pool: number
  readonly lifetime: Lifetime
}

const environments = new Map<Api, Environment>()

/**
 * The environment, made where there is none, held once for the caller: call `environment.lifetime.drop()` in the end.
 * With the last holder the pool's threads end too.
 */
export function holdEnvironment(api: Api, threads: number): Environment {
  const environment = environments.get(api) ?? makeEnvironment(api, threads)
  environments.set(api, environment)
  environment.lifetime.hold()
  // Ended from the start: nobody keeps it for its own sake, it goes with its last holder.
  environment.lifetime.end()
  return environment
}

function makeEnvironment(api: Api, threads: number): Environment {
  const { call } = api
  // A worker thread cannot know whose pool it would share, so its sessions keep pools of their own.
  const pool = isMainThread ? threads : 0
  const pointer =
    pool === 0
      ? create(api, (out) => call.CreateEnv(logErrors, 'eos', out))
      : withThreadingOptions(api, threads, (options) =>
          create(api, (out) => call.CreateEnvWithGlobalThreadPools(logErrors, 'eos', options, out)),
        )
  const memory = create(api, (out) => call.CreateCpuMemoryInfo(arenaAllocator, defaultMemory, out))
  shareArena(api, pointer, memory)
  const lifetime = new Lifetime(() => {
    environments.delete(api)
    call.ReleaseMemoryInfo(memory)
    call.ReleaseEnv(pointer)
  })
  return { pointer, memory, pool, lifetime }
}

function withThreadingOptions<T>(api: Api, threads: number, use: (options: Pointer) => T): T {
  const { call } = api
  const options = create(api, (out) => call.CreateThreadingOptions(out))
  try {
    check(api, call.SetGlobalIntraOpNumThreads(options, threads))
    check(api, call.SetGlobalInterOpNumThreads(options, 1))
    // Waiting threads spin for the next operator: without it small operators take half as long again.
    check(api, call.SetGlobalSpinControl(options, 1))
    return use(options)
  } finally {
    call.ReleaseThreadingOptions(options)
  }
}

/** Registers one arena for the scratch memory of all sessions: they reuse each other's instead of adding up. */
function shareArena(api: Api, environment: Pointer, memory: Pointer): void {
  const status = api.call.CreateAndRegisterAllocator(environment, memory, null)
  // Refused where this process's environment has one already, which serves as well.
  if (status !== null) api.call.ReleaseStatus(status)
}
