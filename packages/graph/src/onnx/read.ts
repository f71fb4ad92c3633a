import { EosError } from '../error.ts'
import type { Graph } from '../graph.ts'
import { constant, input } from '../ops/leaf.ts'
import { atScope } from '../scope.ts'
import type { Tensor } from '../tensor.ts'
import { showType } from '../type.ts'
import { Application, labelOf } from './application.ts'
import { arrayOf, checkedShape, dtypeOf } from './constants.ts'
import { importers } from './importers.ts'
import { type ModelProto, modelProto, type NodeProto, type ValueInfo } from './schema.ts'
import { decode } from './wire.ts'

const oldestOpset = 13
const newestOpset = 25
const mostNodes = 1_000_000

/**
 * The graph in an `.onnx` file. Initializers and Constant nodes become constants, node names `a/b/Op_1` the scope
 * `a/b`. Operators that graphs do not have, but can express, are rewritten (Softmax, Clip, Flatten ...). A
 * StopGradient was written as Identity and comes back as one.
 *
 * Throws, whatever the bytes are, nothing but `EosError`: `ONNX_CORRUPT` for what is no valid model,
 * `ONNX_UNSUPPORTED` with node and operator for what graphs cannot hold, `ONNX_SHAPE` for extents that are not fixed,
 * and `SHAPE` or `DTYPE` with the node where an operator does not fit its inputs.
 */
export function readOnnx(bytes: Uint8Array): Graph {
  try {
    return graphOf(decode(modelProto, bytes))
  } catch (error) {
    if (error instanceof EosError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new EosError('ONNX_CORRUPT', `This is not a valid .onnx file: ${reason}.`, { cause: error })
  }
}

function graphOf(model: ModelProto): Graph {
  const { graph } = model
  if (!graph) throw new EosError('ONNX_CORRUPT', 'This is not a valid .onnx file: it holds no graph.')
  const opset = opsetOf(model)
  if (graph.sparseInitializer) throw new EosError('ONNX_UNSUPPORTED', 'Sparse initializers are not supported.')
  const nodes = graph.node ?? []
  if (nodes.length > mostNodes) throw new EosError('ONNX_UNSUPPORTED', `A graph of ${nodes.length} nodes is too large.`)

  const values = new Map<string, Tensor>()
  const define = (name: string | undefined, tensor: Tensor): void => {
    if (!name || values.has(name))
      throw new EosError('ONNX_CORRUPT', name ? `The value "${name}" is defined twice.` : 'A value has no name.')
    values.set(name, tensor)
  }
  for (const initializer of graph.initializer ?? []) {
    const { data, shape, dtype } = arrayOf(initializer, `Initializer "${initializer.name ?? ''}"`)
    define(initializer.name, constant(data, shape, dtype))
  }
  const inputs: [string, Tensor][] = []
  for (const info of graph.input ?? []) {
    // Before IR version 4 every initializer was listed as an input too.
    if (values.has(info.name ?? '') && !inputs.some(([name]) => name === info.name)) continue
    const tensor = inputOf(info)
    define(info.name, tensor)
    inputs.push([info.name as string, tensor])
  }
  for (const node of nodes) define(outputName(node), built(node, values, opset))
  const outputs = (graph.output ?? []).map((info) => [info.name ?? '', outputOf(info, values)] as const)
  return { name: graph.name ?? '', inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs) }
}

function opsetOf(model: ModelProto): number {
  const version = model.opsetImport?.find(({ domain }) => isDefault(domain))?.version
  if (version === undefined) throw new EosError('ONNX_CORRUPT', 'The file does not say which opset it uses.')
  if (version >= oldestOpset && version <= newestOpset) return version
  throw new EosError('ONNX_UNSUPPORTED', `Opset ${version} is not supported.`, {
    hint: `Convert the file to an opset from ${oldestOpset} to ${newestOpset}.`,
  })
}

const isDefault = (domain: string | undefined): boolean => !domain || domain === 'ai.onnx'

function inputOf(info: ValueInfo): Tensor {
  const owner = `Input "${info.name ?? ''}"`
  const type = info.type?.tensorType
  if (!type) throw new EosError('ONNX_UNSUPPORTED', `${owner} is not a tensor.`)
  if (!info.name) throw new EosError('ONNX_CORRUPT', 'An input has no name.')
  if (!type.shape)
    throw new EosError('ONNX_SHAPE', `${owner} has no shape.`, { hint: 'Export the model with fixed shapes.' })
  const dims = (type.shape.dim ?? []).map(({ value, param }) => {
    if (value !== undefined && value >= 1) return value
    throw new EosError(
      'ONNX_SHAPE',
      `${owner} has the axis ${param ? `"${param}"` : String(value ?? 'without extent')}.`,
      {
        hint: 'Export the model with fixed shapes.',
      },
    )
  })
  return input(info.name, checkedShape(dims, owner, 1), dtypeOf(type.elemType, owner))
}

/** The value of a graph output; what the file declares about its type must be so. */
function outputOf(info: ValueInfo, values: ReadonlyMap<string, Tensor>): Tensor {
  const tensor = values.get(info.name ?? '')
  if (!tensor) throw new EosError('ONNX_CORRUPT', `No node computes the output "${info.name ?? ''}".`)
  const type = info.type?.tensorType
  const dims = type?.shape && (type.shape.dim ?? []).map(({ value }) => value)
  const wrong = type?.elemType !== undefined && dtypeOf(type.elemType, `Output "${info.name}"`) !== tensor.dtype
  const misfit =
    dims && (dims.length !== tensor.shape.length || dims.some((e, i) => e !== undefined && e !== tensor.shape[i]))
  if (wrong || misfit)
    throw new EosError(
      'ONNX_CORRUPT',
      `Output "${info.name}" is declared otherwise than what is computed, ${showType(tensor)}.`,
    )
  return tensor
}

function outputName(node: NodeProto): string | undefined {
  const [first, ...others] = node.output ?? []
  if (others.some((name) => name !== ''))
    throw new EosError('ONNX_UNSUPPORTED', `${labelOf(node)} has several outputs, which is not supported.`)
  return first
}

function built(node: NodeProto, values: ReadonlyMap<string, Tensor>, opset: number): Tensor {
  const importer = isDefault(node.domain) ? importers.get(node.opType ?? '') : undefined
  if (!importer) {
    const domain = isDefault(node.domain) ? '' : ` of domain "${node.domain}"`
    throw new EosError('ONNX_UNSUPPORTED', `${labelOf(node)}${domain} is not supported.`, {
      hint: `Supported: ${[...importers.keys()].join(', ')}.`,
    })
  }
  const inputs = (node.input ?? []).map((name) => {
    if (name === '') return undefined
    const value = values.get(name)
    if (!value)
      throw new EosError('ONNX_CORRUPT', `${labelOf(node)} reads "${name}", which nothing before it computes.`)
    return value
  })
  try {
    return atScope(scopeOf(node.name ?? ''), () => importer(new Application(node, inputs, opset)))
  } catch (error) {
    if (!(error instanceof EosError)) throw error
    const message = error.message.replace(/^\[eos\] /, '').split('\n')[0] as string
    throw new EosError(error.code, message, { trace: [...error.trace, `reading ${labelOf(node)}`], cause: error })
  }
}

/** `a/b` of the node name `a/b/MatMul_3`. */
const scopeOf = (name: string): string =>
  name
    .split('/')
    .slice(0, -1)
    .filter((part) => part !== '')
    .join('/')
