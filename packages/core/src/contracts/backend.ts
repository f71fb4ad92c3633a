import type { Graph } from '@eos-sgd/graph'
import type { DType, HostArray, TensorType } from './graph-types.ts'

/** What a backend can do, as flags instead of names. */
export interface Capabilities {
  /** Where tensors live between programs: nowhere, in host memory, on a device out of reach, or on a shared device. */
  readonly residency: 'none' | 'host' | 'opaque' | 'shared'
  readonly dtypes: readonly DType[]
  /** Operators that it refuses. */
  readonly unsupported: readonly string[]
}

/** Memory of a tensor, owned by whoever allocated it. */
export interface DeviceTensor {
  readonly type: TensorType
  readonly bytes: number
  /** The tensor's own memory, only where residency is `host`; not to be touched while a program runs. */
  readonly host?: HostArray
  /** Idempotent. */
  dispose(): void
}

/** A compiled graph. */
export interface Program {
  readonly name: string
  readonly inputs: Readonly<Record<string, TensorType>>
  readonly outputs: Readonly<Record<string, TensorType>>
  /**
   * The caller owns inputs and outputs and nothing of their size is allocated. Synchronous when the program is
   * short, a promise when it is long, so that the event loop is never blocked for over 20 ms.
   */
  run(
    inputs: Readonly<Record<string, DeviceTensor>>,
    outputs: Readonly<Record<string, DeviceTensor>>,
  ): void | Promise<void>
  dispose(): void
}

/** An engine with its device. */
export interface Backend {
  readonly name: string
  readonly threads: number
  readonly capabilities: Capabilities
  compile(graph: Graph): Promise<Program>
  allocate(type: TensorType): DeviceTensor
  upload(type: TensorType, data: HostArray): DeviceTensor
  write(tensor: DeviceTensor, data: HostArray): void
  copy(from: DeviceTensor, to: DeviceTensor): void
  download(tensor: DeviceTensor): Promise<HostArray>
  memory(): { readonly tensors: number; readonly bytes: number; readonly programs: number }
  dispose(): void
}
