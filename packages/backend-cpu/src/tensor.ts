import { type DeviceTensor, EosError, type HostArray } from '@eos-sgd/core'
import { type DType, sameType, showType, type TensorType } from '@eos-sgd/graph'
import type { Engine, EngineTensor } from '@eos-sgd/ort'
import { translated } from './error.ts'

/** A tensor in host memory, which the engine reads and writes in place. */
export class CpuTensor implements DeviceTensor {
  readonly type: TensorType
  readonly bytes: number
  readonly inner: EngineTensor
  readonly owner: Engine

  constructor(owner: Engine, type: TensorType) {
    this.inner = translated({ ORT_DISPOSED: 'BACKEND_DISPOSED', ORT_SHAPE: 'TENSOR_SHAPE' }, () =>
      owner.allocate(type.dtype, type.shape),
    )
    this.type = Object.freeze({ dtype: type.dtype, shape: Object.freeze([...type.shape]) })
    this.bytes = this.inner.bytes
    this.owner = owner
  }

  /** The memory itself. Throws `TENSOR_DISPOSED`. */
  get host(): HostArray {
    if (this.inner.disposed)
      throw new EosError('TENSOR_DISPOSED', `This ${showType(this.type)} tensor was disposed.`, {
        hint: 'Dispose tensors after their last use.',
      })
    return this.inner.host
  }

  dispose(): void {
    this.inner.dispose()
  }
}

const arrays: Readonly<Record<DType, new (length: number) => HostArray>> = {
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  bool: Uint8Array,
}

/** The tensor as one of this backend. Throws `TENSOR_FOREIGN`. */
function ownTensor(owner: Engine, tensor: DeviceTensor): CpuTensor {
  if (tensor instanceof CpuTensor && tensor.owner === owner) return tensor
  throw new EosError('TENSOR_FOREIGN', 'This tensor belongs to another backend.', {
    hint: 'Download it there and upload it here.',
  })
}

/** Fills a tensor from host memory. Throws `TENSOR_FOREIGN`, `TENSOR_DISPOSED`, `TENSOR_BUSY`, `TENSOR_DATA`. */
export function writeTensor(owner: Engine, target: DeviceTensor, data: HostArray): void {
  const tensor = ownTensor(owner, target)
  const { dtype } = tensor.type
  const { host } = tensor
  refuse(tensor, 'read', 'written')
  if (!(data instanceof arrays[dtype]) || data.length !== host.length)
    throw new EosError(
      'TENSOR_DATA',
      `A ${showType(tensor.type)} tensor takes a ${arrays[dtype].name} of ${host.length} elements, not ${showData(data)}.`,
    )
  host.set(data as never)
}

/** Copies between tensors of one type. Throws `TENSOR_TYPE` and the errors of `writeTensor`. */
export function copyTensor(owner: Engine, from: DeviceTensor, to: DeviceTensor): void {
  const [source, target] = [ownTensor(owner, from), ownTensor(owner, to)]
  if (!sameType(source.type, target.type))
    throw new EosError('TENSOR_TYPE', `Cannot copy ${showType(source.type)} to ${showType(target.type)}.`, {
      hint: 'Both tensors must have one shape and element type.',
    })
  refuse(source, 'written')
  writeTensor(owner, target, source.host)
}

/** A copy of a tensor's values. Throws `TENSOR_FOREIGN`, `TENSOR_DISPOSED`, `TENSOR_BUSY`. */
export function readTensor(owner: Engine, tensor: DeviceTensor): HostArray {
  const own = ownTensor(owner, tensor)
  const { host } = own
  refuse(own, 'written')
  return host.slice() as HostArray
}

function refuse(tensor: CpuTensor, ...uses: readonly EngineTensor['use'][]): void {
  if (!uses.includes(tensor.inner.use)) return
  throw new EosError(
    'TENSOR_BUSY',
    `This ${showType(tensor.type)} tensor is ${tensor.inner.use} by a running program.`,
    {
      hint: 'Await the run first.',
    },
  )
}

const showData = (data: unknown): string =>
  ArrayBuffer.isView(data) ? `a ${data.constructor.name} of ${(data as HostArray).length}` : typeof data
