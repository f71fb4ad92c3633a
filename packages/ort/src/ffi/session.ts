import { checkArguments, claim } from '../arguments.ts'
import type { EngineTensor, Session } from '../engine.ts'
import type { HostTensor, TensorMaker } from '../host-tensor.ts'
import { Lifetime } from '../lifetime.ts'
import { checkSession, failedRun } from '../session-errors.ts'
import type { Api } from './api.ts'
import { IoBinding } from './io-binding.ts'
import { callAside, check, create } from './status.ts'
import type { Pointer } from './table.ts'

type Tensor = HostTensor<Pointer>

/**
 * A session of the C API. It keeps two I/O bindings: state that moves to and fro between two sets of buffers then finds
 * its tensors bound, and otherwise only what changed is bound again.
 */
export class FfiSession implements Session {
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly lifetime: Lifetime
  readonly #api: Api
  readonly #owner: TensorMaker<Pointer>
  readonly #session: Pointer
  #binding: IoBinding
  #other: IoBinding | undefined
  #running = false

  /** Takes over the native session; `released` is called once, when it is gone. */
  constructor(
    name: string,
    api: Api,
    owner: TensorMaker<Pointer>,
    session: Pointer,
    released: (it: FfiSession) => void,
  ) {
    const { call } = api
    this.name = name
    this.#api = api
    this.#owner = owner
    this.#session = session
    this.inputs = names(api, session, call.SessionGetInputCount, call.SessionGetInputName)
    this.outputs = names(api, session, call.SessionGetOutputCount, call.SessionGetOutputName)
    this.#binding = this.#makeBinding()
    this.lifetime = new Lifetime(() => {
      this.#binding.release()
      this.#other?.release()
      call.ReleaseSession(session)
      released(this)
    })
  }

  runNow(inputs: readonly EngineTensor[], outputs: readonly EngineTensor[]): void {
    this.#prepare(inputs, outputs)
    try {
      check(this.#api, this.#api.call.RunWithBinding(this.#session, null, this.#binding.pointer))
    } catch (cause) {
      throw failedRun(this.name, cause)
    }
  }

  async run(inputs: readonly EngineTensor[], outputs: readonly EngineTensor[]): Promise<void> {
    this.#prepare(inputs, outputs)
    const release = claim(inputs as readonly Tensor[], outputs as readonly Tensor[])
    this.lifetime.hold()
    this.#running = true
    try {
      await callAside(this.#api, this.#api.call.RunWithBinding, this.#session, null, this.#binding.pointer)
    } catch (cause) {
      throw failedRun(this.name, cause)
    } finally {
      this.#running = false
      release()
      this.lifetime.drop()
    }
  }

  dispose(): void {
    this.lifetime.end()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  #prepare(inputs: readonly EngineTensor[], outputs: readonly EngineTensor[]): void {
    checkSession(this, this.lifetime, this.#running)
    checkArguments(this, this.#owner, inputs, outputs)
    this.#bind(inputs as readonly Tensor[], outputs as readonly Tensor[])
  }

  /** Takes the binding that fits better; of two that do equally badly, the one that was not used last. */
  #bind(inputs: readonly Tensor[], outputs: readonly Tensor[]): void {
    const missing = this.#binding.missing(inputs, outputs)
    if (missing === 0) return
    // Its first time the other fits worst, but only use makes it fit.
    if (this.#binding.used && (this.#other === undefined || this.#other.missing(inputs, outputs) <= missing))
      [this.#binding, this.#other] = [this.#other ?? this.#makeBinding(), this.#binding]
    this.#binding.bind(inputs, outputs)
  }

  #makeBinding(): IoBinding {
    return new IoBinding(this.#api, this.#session, this.inputs, this.outputs)
  }
}

function names(
  api: Api,
  session: Pointer,
  count: (session: Pointer, out: [number]) => Pointer | null,
  name: (session: Pointer, index: number, allocator: Pointer, out: [Pointer | null]) => Pointer | null,
): string[] {
  const { call, koffi } = api
  const allocator = create(api, (out) => call.GetAllocatorWithDefaultOptions(out))
  const total: [number] = [0]
  check(api, count(session, total))
  return Array.from({ length: Number(total[0]) }, (_, index) => {
    const text = create(api, (out) => name(session, index, allocator, out))
    try {
      return koffi.decode(text, 'char', -1) as string
    } finally {
      check(api, call.AllocatorFree(allocator, text))
    }
  })
}
