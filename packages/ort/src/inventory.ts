import type { EngineMemory, EngineTensor, Session } from './engine.ts'
import { OrtError } from './error.ts'
import { Lifetime } from './lifetime.ts'

/**
 * What an engine has handed out and not got back. Ending it disposes everything, sessions first since they refer to
 * tensors; `released` is called once, when the last of them is gone.
 */
export class Inventory<T extends EngineTensor, S extends Session> {
  readonly #tensors = new Set<T>()
  readonly #sessions = new Set<S>()
  readonly #lifetime: Lifetime
  #bytes = 0

  constructor(released: () => void) {
    this.#lifetime = new Lifetime(released)
  }

  /** Throws `ORT_DISPOSED`. */
  checkOpen(): void {
    if (this.#lifetime.ended)
      throw new OrtError('ORT_DISPOSED', 'The engine was disposed.', { hint: 'Open a new one.' })
  }

  addTensor(tensor: T): T {
    this.#tensors.add(tensor)
    this.#bytes += tensor.bytes
    this.#lifetime.hold()
    return tensor
  }

  removeTensor(tensor: T): void {
    this.#tensors.delete(tensor)
    this.#bytes -= tensor.bytes
    this.#lifetime.drop()
  }

  /** Registers a session; where the engine ended while it was compiled, disposes it and throws `ORT_DISPOSED`. */
  addSession(session: S): S {
    this.#sessions.add(session)
    this.#lifetime.hold()
    if (this.#lifetime.ended) session.dispose()
    this.checkOpen()
    return session
  }

  removeSession(session: S): void {
    this.#sessions.delete(session)
    this.#lifetime.drop()
  }

  memory(): EngineMemory {
    return { tensors: this.#tensors.size, bytes: this.#bytes, sessions: this.#sessions.size }
  }

  end(): void {
    // Held meanwhile, so that it is released once and last.
    this.#lifetime.hold()
    this.#lifetime.end()
    for (const session of [...this.#sessions]) session.dispose()
    for (const tensor of [...this.#tensors]) tensor.dispose()
    this.#lifetime.drop()
  }
}
