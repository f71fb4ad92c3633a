import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { checkArguments, claim } from '../arguments.ts'
import type { HostArray } from '../element.ts'
import type { EngineTensor, Session } from '../engine.ts'
import type { HostTensor, TensorMaker } from '../host-tensor.ts'
import { Lifetime } from '../lifetime.ts'
import { checkSession, failedRun } from '../session-errors.ts'

type Bound = HostTensor<Tensor>

/** A session of the JavaScript binding: it has no synchronous run, and its outputs are copied. */
export class BindingSession implements Session {
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly lifetime: Lifetime
  readonly #owner: TensorMaker<Tensor>
  readonly #session: InferenceSession
  #running = false

  /** Takes over the binding's session; `released` is called once, when it is gone. */
  constructor(
    name: string,
    owner: TensorMaker<Tensor>,
    session: InferenceSession,
    released: (it: BindingSession) => void,
  ) {
    this.name = name
    this.inputs = session.inputNames
    this.outputs = session.outputNames
    this.#owner = owner
    this.#session = session
    this.lifetime = new Lifetime(() => {
      // The binding releases before it returns; its promise has nothing to tell.
      void session.release()
      released(this)
    })
  }

  async run(inputs: readonly EngineTensor[], outputs: readonly EngineTensor[]): Promise<void> {
    checkSession(this, this.lifetime, this.#running)
    checkArguments(this, this.#owner, inputs, outputs)
    const targets = [...(outputs as readonly Bound[])]
    // Read before the run: a tensor that is disposed meanwhile stays alive, but no longer shows its memory.
    const memories = targets.map((tensor) => tensor.host)
    const release = claim(inputs as readonly Bound[], targets)
    this.lifetime.hold()
    this.#running = true
    try {
      const feeds = Object.fromEntries(this.inputs.map((name, slot) => [name, (inputs[slot] as Bound).native]))
      const results = await this.#session.run(feeds)
      for (const [slot, name] of this.outputs.entries())
        copyOutput(results[name], targets[slot] as Bound, memories[slot])
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
}

/** The binding can write into given outputs but then returns a copy all the same, so nothing is saved by giving them. */
function copyOutput(result: Tensor | undefined, target: Bound, memory: HostArray | undefined): void {
  if (result === undefined || memory === undefined)
    throw new Error('The binding returned other outputs than asked for.')
  if (result.type !== target.type || String(result.dims) !== String(target.shape))
    throw new Error(`The result is ${result.type}[${result.dims.join(', ')}], its buffer is not.`)
  memory.set(result.data as never)
  result.dispose()
}
