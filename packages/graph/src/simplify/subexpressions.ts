import { type Graph, nodesOf } from '../graph.ts'
import type { Attribute, Operator } from '../operator.ts'
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
  const attributes = Object.keys(node.attributes).sort()
  return `${inputs.join()}|${attributes.map((name) => `${name}=${show(node.attributes[name] as Attribute, node)}`).join('|')}`
}

function show(value: Attribute, node: Node): string {
  if (typeof value !== 'object' || !('data' in value)) return String(value)
  const { shape, dtype, data } = value
  const content = data.length > largestCompared ? `of node ${node.id}` : Array.from(data, bits).join()
  return `${dtype}[${shape.join()}]${content}`
}

const bits = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))
