import { type NdArray, ndarray } from '../array.ts'
import { EosError } from '../error.ts'
import { finish } from '../finish.ts'
import { type Graph, nodesOf } from '../graph.ts'
import type { Attribute, AttributeKind, Operator } from '../operator.ts'
import { Cast } from '../ops/comparison.ts'
import { DataMean } from '../ops/data-mean.ts'
import { Constant, Identity, Input, StopGradient } from '../ops/leaf.ts'
import { simplifying } from '../simplify/simplify.ts'
import type { Node, Tensor } from '../tensor.ts'
import {
  type AttributeProto,
  attributeType,
  graphProto,
  modelOfBytes,
  type NodeProto,
  type TensorProto,
} from './schema.ts'
import { dataTypes, tensorOf, valueInfoOf } from './tensors.ts'
import { encode } from './wire.ts'

/** Opset that files are written in, with the IR version of its time; ONNX Runtime has run both since 1.17. */
export const writtenOpset = 20
const irVersion = 9
/** Nodes that are encoded in one piece, about a millisecond's worth. */
const nodesInPiece = 100

/** Options of {@link writeOnnx}. */
export interface WriteOptions {
  /** Rewrites the graph first (default true). */
  readonly simplify?: boolean
}

/**
 * The graph as the bytes of an `.onnx` file, default operator domain only. Input and output names are the record keys;
 * nodes are named by scope, operator and a counter. Constants and operands become initializers, each value once.
 *
 * Throws `ONNX_NAME` when a name is used for an input and an output, `ONNX_INPUT` when the outputs depend on an input
 * that `graph.inputs` lacks. Files above 2 GiB are beyond the format.
 */
export const writeOnnx = (graph: Graph, options: WriteOptions = {}): Uint8Array<ArrayBuffer> =>
  finish(writingOnnx(graph, options))

/**
 * {@link writeOnnx} in pieces of a few milliseconds: yields between them, so that a caller with an event loop can give it
 * a turn.
 */
export function* writingOnnx(graph: Graph, options: WriteOptions = {}): Generator<unknown, Uint8Array<ArrayBuffer>> {
  const { name, inputs, outputs } = options.simplify === false ? graph : yield* simplifying(graph)
  const names = new Names()
  const initializers = new Initializers(names)
  const values = new Map<Tensor, string>()
  for (const [key, tensor] of Object.entries(inputs)) {
    names.reserve(key)
    values.set(tensor, key)
  }
  for (const key of Object.keys(outputs)) names.reserve(key)
  const aliases = nameOutputs(outputs, values)

  const content = new Content()
  for (const node of nodesOf(Object.values(outputs))) {
    if (content.isFull) yield content.flush()
    if (node.operator === Input) {
      requireListed(node, values, name)
      continue
    }
    if (node.operator === Constant) {
      values.set(node.outputs[0] as Tensor, initializers.add(node.attributes.value as NdArray, 'constant'))
      continue
    }
    const label = names.fresh(node.scope === '' ? node.operator.type : `${node.scope}/${node.operator.type}`)
    node.outputs.forEach((output, i) => {
      if (!values.has(output)) values.set(output, i === 0 ? label : names.fresh(label))
    })
    content.add(nodeOf(node, label, values, initializers))
  }
  for (const [key, tensor] of aliases)
    content.add({
      input: [values.get(tensor) as string],
      output: [key],
      name: names.fresh('Identity'),
      opType: 'Identity',
    })

  yield content.flush()
  const rest = encode(graphProto, {
    name: name === '' ? 'graph' : name,
    initializer: initializers.tensors,
    input: Object.entries(inputs).map(([key, tensor]) => valueInfoOf(key, tensor)),
    output: Object.entries(outputs).map(([key, tensor]) => valueInfoOf(key, tensor)),
  })
  return encode(modelOfBytes, {
    irVersion,
    producerName: 'eos-sgd',
    graph: content.joined(rest),
    opsetImport: [{ domain: '', version: writtenOpset }],
  })
}

/** The encoded nodes of one file, a few at a time. */
class Content {
  readonly #done: Uint8Array[] = []
  #waiting: NodeProto[] = []

  get isFull(): boolean {
    return this.#waiting.length >= nodesInPiece
  }
  add(node: NodeProto): void {
    this.#waiting.push(node)
  }
  flush(): void {
    this.#done.push(encode(graphProto, { node: this.#waiting }))
    this.#waiting = []
  }
  /** The whole graph message: a message is its fields one after the other. */
  joined(rest: Uint8Array): Uint8Array {
    const parts = [...this.#done, rest]
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }
}

/** Gives each computed output its key as value name; the others (inputs, constants, repeats) are left to an Identity. */
function nameOutputs(outputs: Graph['outputs'], values: Map<Tensor, string>): [string, Tensor][] {
  return Object.entries(outputs).filter(([key, tensor]) => {
    if (values.has(tensor) || tensor.node.operator === Constant || tensor.node.operator === Input) return true
    values.set(tensor, key)
    return false
  })
}

function requireListed(node: Node, values: ReadonlyMap<Tensor, string>, graphName: string): void {
  if (values.has(node.outputs[0] as Tensor)) return
  throw new EosError(
    'ONNX_INPUT',
    `Graph "${graphName}" depends on "${String(node.attributes.name)}", which is not among its inputs.`,
    {
      hint: 'Make the graph with `graph(name, outputs)`.',
    },
  )
}

function nodeOf(node: Node, name: string, values: ReadonlyMap<Tensor, string>, initializers: Initializers): NodeProto {
  const { operator, attributes } = node
  const input = node.inputs.map((tensor) => values.get(tensor) as string)
  for (const operand of operator.operands ?? []) {
    const list = attributes[operand.attribute] as readonly number[] | undefined
    if (list === undefined) continue
    while (input.length < operand.input) input.push('')
    input[operand.input] = initializers.add(ndarray(list, [list.length], 'int64'), operand.attribute)
  }
  return {
    input,
    output: node.outputs.map((tensor) => values.get(tensor) as string),
    name,
    opType: renamings.includes(operator) ? Identity.type : operator.type,
    attribute: attributesOf(operator, node),
  }
}

function attributesOf(operator: Operator, node: Node): AttributeProto[] {
  if (operator === Cast) return [attributeOf('to', 'int', dataTypes[(node.outputs[0] as Tensor).dtype])]
  return Object.entries(operator.attributes ?? {}).flatMap(([key, kind]) => {
    const value = node.attributes[key]
    return value === undefined ? [] : [attributeOf(key, kind, value)]
  })
}

function attributeOf(name: string, kind: AttributeKind, value: Attribute): AttributeProto {
  const type = attributeType[kind]
  switch (kind) {
    case 'int':
      return { name, type, i: value as number }
    case 'float':
      return { name, type, f: value as number }
    case 'ints':
      return { name, type, ints: value as readonly number[] }
    case 'floats':
      return { name, type, floats: value as readonly number[] }
    case 'string':
      return { name, type, s: new TextEncoder().encode(value as string) }
    case 'tensor':
      return { name, type, t: tensorOf(name, value as NdArray) }
  }
}

/** Our own operators, which only derivatives and the cutting of a step see. */
const renamings: readonly Operator[] = [StopGradient, DataMean]

/** Value and node names of one file, each used once. */
class Names {
  readonly #used = new Set<string>()
  readonly #counts = new Map<string, number>()

  reserve(name: string): void {
    if (this.#used.has(name))
      throw new EosError('ONNX_NAME', `"${name}" names both an input and an output.`, {
        hint: 'ONNX names each value once: rename one.',
      })
    this.#used.add(name)
  }

  /** `stem_0`, `stem_1` ... */
  fresh(stem: string): string {
    for (;;) {
      const count = this.#counts.get(stem) ?? 0
      this.#counts.set(stem, count + 1)
      const name = `${stem}_${count}`
      if (this.#used.has(name)) continue
      this.#used.add(name)
      return name
    }
  }
}

/** The initializers of one file; equal values share one. */
class Initializers {
  readonly tensors: TensorProto[] = []
  readonly #names: Names
  readonly #known = new Map<string, { readonly name: string; readonly value: NdArray }[]>()

  constructor(names: Names) {
    this.#names = names
  }

  add(value: NdArray, stem: string): string {
    const key = `${value.dtype}|${value.shape.join()}|${Array.from(value.data.subarray(0, 8)).join()}`
    const alike = this.#known.get(key) ?? []
    const same = alike.find((other) => value.data.every((element, i) => Object.is(element, other.value.data[i])))
    if (same) return same.name
    const name = this.#names.fresh(stem)
    this.tensors.push(tensorOf(name, value))
    this.#known.set(key, [...alike, { name, value }])
    return name
  }
}
