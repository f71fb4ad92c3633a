import {
  EosError,
  type Graph,
  interpret,
  type NdArray,
  sameType,
  showType,
  sizeOf,
  type TensorType,
} from '@eos-sgd/graph'
import type { Backend, DeviceTensor, Program } from '../contracts/backend.ts'
import type { HostArray } from '../contracts/graph-types.ts'
import { hostArray } from '../train/batch-memory.ts'

/**
 * The float64 reference interpreter as a backend: slow, exact to about 1e-15, runs anywhere. Float tensors are kept
 * in float64 whatever their declared type, so an algorithm run on it can be compared with plain arithmetic.
 */
export function referenceBackend(): Backend {
  const live = new Set<DeviceTensor>()
  let bytes = 0
  let programs = 0

  const allocate = (type: TensorType): DeviceTensor => {
    const host = memory(type)
    const tensor: DeviceTensor = {
      type: { shape: type.shape, dtype: type.dtype },
      bytes: host.byteLength,
      host,
      dispose() {
        if (live.delete(tensor)) bytes -= host.byteLength
      },
    }
    live.add(tensor)
    bytes += host.byteLength
    return tensor
  }
  const hostOf = (tensor: DeviceTensor): HostArray => {
    if (!live.has(tensor))
      throw new EosError('TENSOR_DISPOSED', `This ${showType(tensor.type)} was disposed of, or is another backend's.`)
    return tensor.host as HostArray
  }
  const write = (tensor: DeviceTensor, data: HostArray): void => {
    const host = hostOf(tensor)
    const declared = hostArray(tensor.type.dtype, 0)
    if (
      data.length !== host.length ||
      (data.constructor !== declared.constructor && data.constructor !== host.constructor)
    )
      throw new EosError(
        'TENSOR_DATA',
        `A ${showType(tensor.type)} cannot take a ${data.constructor.name} of ${data.length} elements.`,
      )
    ;(host as { set(values: unknown): void }).set(data)
  }
  return {
    name: 'reference',
    threads: 1,
    capabilities: { residency: 'host', dtypes: ['float32', 'float64', 'int64', 'int32', 'bool'], unsupported: [] },
    async compile(graph: Graph): Promise<Program> {
      programs++
      let disposed = false
      return {
        name: graph.name,
        inputs: graph.inputs,
        outputs: graph.outputs,
        run(inputs, outputs) {
          if (disposed) throw new EosError('PROGRAM_DISPOSED', `Program "${graph.name}" was disposed of.`)
          checkArguments(graph, inputs, outputs)
          const feeds = mapped(graph.inputs, (name) => toArray(inputs[name] as DeviceTensor, hostOf))
          const targets = mapped(graph.outputs, (name) => hostOf(outputs[name] as DeviceTensor))
          for (const [name, { data }] of Object.entries(interpret(graph, feeds))) fill(targets[name] as HostArray, data)
        },
        dispose() {
          if (!disposed) programs--
          disposed = true
        },
      }
    },
    allocate,
    upload(type, data) {
      const tensor = allocate(type)
      try {
        write(tensor, data)
      } catch (error) {
        tensor.dispose()
        throw error
      }
      return tensor
    },
    write,
    copy(from, to) {
      if (!sameType(from.type, to.type))
        throw new EosError('TENSOR_TYPE', `A ${showType(from.type)} cannot be copied to a ${showType(to.type)}.`)
      write(to, hostOf(from))
    },
    download: async (tensor) => hostOf(tensor).slice(),
    memory: () => ({ tensors: live.size, bytes, programs }),
    dispose: () => undefined,
  }
}

type Tensors = Readonly<Record<string, DeviceTensor>>

function checkArguments(graph: Graph, inputs: Tensors, outputs: Tensors): void {
  const refuse = (what: string): never => {
    throw new EosError('PROGRAM_ARGUMENTS', `Program "${graph.name}": ${what}.`)
  }
  const check = (kind: string, types: Readonly<Record<string, TensorType>>, tensors: Tensors): void => {
    for (const [name, type] of Object.entries(types)) {
      const given = tensors[name]
      if (!given) refuse(`${kind} "${name}" of type ${showType(type)} is missing`)
      else if (!sameType(given.type, type))
        refuse(`${kind} "${name}" is ${showType(type)}, but got ${showType(given.type)}`)
    }
  }
  check('input', graph.inputs, inputs)
  check('output', graph.outputs, outputs)
  const used = new Set(Object.keys(graph.inputs).map((name) => inputs[name]))
  for (const name of Object.keys(graph.outputs)) {
    if (used.has(outputs[name])) refuse(`output "${name}" is written to a tensor that the run also reads or writes`)
    used.add(outputs[name])
  }
}

const mapped = <T>(record: object, value: (name: string) => T): Record<string, T> =>
  Object.fromEntries(Object.keys(record).map((name) => [name, value(name)]))

const memory = ({ shape, dtype }: TensorType): HostArray =>
  hostArray(dtype === 'float32' ? 'float64' : dtype, sizeOf(shape))

const toArray = (tensor: DeviceTensor, hostOf: (tensor: DeviceTensor) => HostArray): NdArray => ({
  shape: tensor.type.shape,
  dtype: tensor.type.dtype,
  data: Float64Array.from(hostOf(tensor) as Float64Array, Number),
})

const fill = (host: HostArray, data: Float64Array): void => {
  if (host instanceof BigInt64Array) for (let i = 0; i < data.length; i++) host[i] = BigInt(data[i] as number)
  else host.set(data)
}
