export type { DType, Role, Shape, Tensor, TensorType, Vector } from '@eos-sgd/graph'

/** Host memory of a tensor: bool as bytes 0 and 1, int64 as bigint. */
export type HostArray = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array
