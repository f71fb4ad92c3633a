import { type ElementType, elementCount, elements, type HostArray } from './element.ts'
import type { EngineTensor } from './engine.ts'
import { OrtError } from './error.ts'
import { Lifetime } from './lifetime.ts'

/** How an engine makes and releases its own handle (`Native`) of a host array. */
export interface TensorMaker<Native> {
  array(type: ElementType, length: number): HostArray
  wrap(type: ElementType, shape: readonly number[], array: HostArray): Native
  /** Called once, when the tensor is disposed and no run uses it. */
  released(tensor: HostTensor<Native>): void
}

/** The tensor of both engines: a host array, the engine's handle of it, and who uses it. */
export class HostTensor<Native> implements EngineTensor {
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly bytes: number
  readonly native: Native
  readonly lifetime: Lifetime
  readonly owner: TensorMaker<Native>
  /** Asynchronous runs that read it. */
  readers = 0
  /** True while an asynchronous run writes it. */
  written = false
  /** Number of the last run that it was passed to. */
  stamp = 0
  #array: HostArray | undefined

  constructor(owner: TensorMaker<Native>, type: ElementType, shape: readonly number[]) {
    const length = elementCount(shape)
    const array = owner.array(type, length)
    this.type = type
    this.shape = [...shape]
    this.bytes = length * elements[type].bytes
    this.native = owner.wrap(type, this.shape, array)
    this.owner = owner
    this.#array = array
    this.lifetime = new Lifetime(() => {
      this.#array = undefined
      owner.released(this)
    })
  }

  get host(): HostArray {
    if (this.lifetime.ended || this.#array === undefined)
      throw new OrtError('ORT_DISPOSED', `This ${describe(this)} tensor was disposed.`, {
        hint: 'Allocate a new one, or dispose it later.',
      })
    return this.#array
  }

  get disposed(): boolean {
    return this.lifetime.ended
  }

  get use(): 'free' | 'read' | 'written' {
    return this.written ? 'written' : this.readers > 0 ? 'read' : 'free'
  }

  dispose(): void {
    this.lifetime.end()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** `float32[2, 3]`. */
export const describe = (tensor: Pick<EngineTensor, 'type' | 'shape'>): string =>
  `${tensor.type}[${tensor.shape.join(', ')}]`
