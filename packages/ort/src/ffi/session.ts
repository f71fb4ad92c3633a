import { checkArguments, claim } from '../arguments.ts'
import type { EngineTensor, Session } from '../engine.ts'
import type { HostTensor, TensorMaker } from '../host-tensor.ts'
import { Lifetime } from '../lifetime.ts'
import { checkSession, failedRun } from '../session-errors.ts'
import type { Api } from './api.ts'
import { callAside, check, create } from './status.ts'
import type { Pointer } from './table.ts'

type Tensor = HostTensor<Pointer>

/** A session of the C API with one I/O binding; only what changed since its last run is bound again. */
export class FfiSession implements Session {
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly lifetime: Lifetime
  readonly #api: Api
  readonly #owner: TensorMaker<Pointer>
  readonly #session: Pointer
  readonly #binding: Pointer
  readonly #boundInputs: (Tensor | undefined)[]
  readonly #boundOutputs: (Tensor | undefined)[]
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
    this.#boundInputs = this.inputs.map(() => undefined)
    this.#boundOutputs = this.outputs.map(() => undefined)
    this.#binding = create(api, (out) => call.CreateIoBinding(session, out))
    this.lifetime = new Lifetime(() => {
      call.ReleaseIoBinding(this.#binding)
      call.ReleaseSession(session)
      released(this)
    })
  }

  runNow(inputs: readonly EngineTensor[], outputs: readonly EngineTensor[]): void {
    this.#prepare(inputs, outputs)
    try {
      check(this.#api, this.#api.call.RunWithBinding(this.#session, null, this.#binding))
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
      await callAside(this.#api, this.#api.call.RunWithBinding, this.#session, null, this.#binding)
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
    const { call } = this.#api
    this.#bind(call.BindInput, this.inputs, this.#boundInputs, inputs as readonly Tensor[])
    this.#bind(call.BindOutput, this.outputs, this.#boundOutputs, outputs as readonly Tensor[])
  }

  #bind(
    call: (binding: Pointer, name: string, value: Pointer) => Pointer | null,
    slots: readonly string[],
    bound: (Tensor | undefined)[],
    tensors: readonly Tensor[],
  ): void {
    for (let slot = 0; slot < slots.length; slot += 1) {
      const tensor = tensors[slot] as Tensor
      if (bound[slot] === tensor) continue
      // If binding fails, the slot must not count as bound.
      bound[slot] = undefined
      check(this.#api, call(this.#binding, slots[slot] as string, tensor.native))
      bound[slot] = tensor
    }
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
