import { type Graph, nodesOf } from '../graph.ts'
import type { Attribute, Attributes, Operator } from '../operator.ts'
import { Add, Mul } from '../ops/arithmetic.ts'
import { And, Equal, Or } from '../ops/comparison.ts'
import { Input } from '../ops/leaf.ts'
import { Max, Min } from '../ops/selection.ts'
import type { Node, Tensor } from '../tensor.ts'
import { type Pass, replaceOutputs, withInputs } from './rewrite.ts'

const commutative = new Set<Operator>([Add, Mul, Max, Min, Equal, And, Or])
const largestCompared = 4096

/**
 * Common subexpressions: nodes of the same operator, attributes and inputs become one. Every operator is pure, so this
 * always holds; the first of them keeps its scope. Constants above 4096 elements are told apart without looking.
 */
export const mergeSubexpressions: Pass = (graph: Graph): Graph => {
  const known = new Map<Operator, Map<string, Node>>()
  const replaced = new Map<Tensor, Tensor>()
  let fired = false
  for (const node of nodesOf(Object.values(graph.outputs))) {
    if (node.operator === Input) continue
    const current = withInputs(
      node,
      node.inputs.map((x) => replaced.get(x) ?? x),
    )
    const alike = known.get(node.operator) ?? new Map<string, Node>()
    known.set(node.operator, alike)
    const key = keyOf(current)
    const kept = alike.get(key) ?? current
    alike.set(key, kept)
    fired ||= kept !== current
    node.outputs.forEach((output, i) => {
      if (kept.outputs[i] !== output) replaced.set(output, kept.outputs[i] as Tensor)
    })
  }
  return fired ? replaceOutputs(graph, replaced) : graph
}

function keyOf(node: Node): string {
  const inputs = node.inputs.map((x) => `${x.node.id}.${x.index}`)
  if (commutative.has(node.operator)) inputs.sort()
  return `${inputs.join()}|${attributesKey(node)}`
}

/** Attributes stay the same object when a node is built on other inputs, so that large constants are read once. */
const attributeKeys = new WeakMap<Attributes, string>()

function attributesKey(node: Node): string {
  const { attributes } = node
  let key = attributeKeys.get(attributes)
  if (key === undefined) {
    const names = Object.keys(attributes).sort()
    key = names.map((name) => `${name}=${show(attributes[name] as Attribute, node)}`).join('|')
    attributeKeys.set(attributes, key)
  }
  return key
}

function show(value: Attribute, node: Node): string {
  if (typeof value !== 'object' || !('data' in value)) return String(value)
  const { shape, dtype, data } = value
  const content = data.length > largestCompared ? `of node ${node.id}` : bits(data)
  return `${dtype}[${shape.join()}]${content}`
}

/** The bits of the numbers as text: tells 0 from -0, and is quick to make. */
const bits = (data: Float64Array): string =>
  String.fromCharCode(...new Uint16Array(data.buffer, data.byteOffset, data.length * 4))
