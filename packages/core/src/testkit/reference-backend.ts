import { EosError, type Graph, interpret, type NdArray, sizeOf, type TensorType } from '@eos-sgd/graph'
import type { Backend, DeviceTensor, Program } from '../contracts/backend.ts'
import type { HostArray } from '../contracts/graph-types.ts'

/**
 * The float64 reference interpreter as a backend: slow, exact to about 1e-15, runs anywhere. Float tensors are kept
 * in float64 whatever their declared type, so an algorithm run on it can be compared with plain arithmetic.
 */
export function referenceBackend(): Backend {
  let tensors = 0
  let bytes = 0
  let programs = 0

  const allocate = (type: TensorType): DeviceTensor => {
    const host = memory(type)
    let live = true
    tensors++
    bytes += host.byteLength
    return {
      type,
      bytes: host.byteLength,
      host,
      dispose() {
        if (!live) return
        live = false
        tensors--
        bytes -= host.byteLength
      },
    }
  }
  const write = (tensor: DeviceTensor, data: HostArray): void => {
    const { host } = tensor as { host: HostArray }
    if (data.length !== host.length)
      throw new EosError('TENSOR_SIZE', `A tensor of ${host.length} elements cannot take ${data.length}.`)
    ;(host as { set(values: unknown): void }).set(data)
  }
  return {
    name: 'reference',
    threads: 1,
    capabilities: { residency: 'host', dtypes: ['float32', 'float64', 'int64', 'int32', 'bool'], unsupported: [] },
    async compile(graph: Graph): Promise<Program> {
      programs++
      let live = true
      return {
        name: graph.name,
        inputs: graph.inputs,
        outputs: graph.outputs,
        run(inputs, outputs) {
          const feeds = Object.fromEntries(
            Object.keys(graph.inputs).map((name) => [name, toArray(inputs[name] as DeviceTensor)]),
          )
          for (const [name, { data }] of Object.entries(interpret(graph, feeds))) fill((outputs[name] as DeviceTensor).host as HostArray, data)
        },
        dispose() {
          if (live) programs--
          live = false
        },
      }
    },
    allocate,
    upload(type, data) {
      const tensor = allocate(type)
      write(tensor, data)
      return tensor
    },
    write,
    copy: (from, to) => write(to, from.host as HostArray),
    download: async (tensor) => (tensor.host as HostArray).slice() as HostArray,
    memory: () => ({ tensors, bytes, programs }),
    dispose: () => undefined,
  }
}

const memory = (type: TensorType): HostArray => {
  const size = sizeOf(type.shape)
  if (type.dtype === 'int64') return new BigInt64Array(size)
  if (type.dtype === 'int32') return new Int32Array(size)
  return type.dtype === 'bool' ? new Uint8Array(size) : new Float64Array(size)
}

const toArray = ({ type, host }: DeviceTensor): NdArray => ({
  ...type,
  data: Float64Array.from(host as Float64Array, Number),
})

const fill = (host: HostArray, data: Float64Array): void => {
  if (host instanceof BigInt64Array) for (let i = 0; i < data.length; i++) host[i] = BigInt(data[i] as number)
  else host.set(data)
}
