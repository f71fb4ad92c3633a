import { apply } from '../apply.ts'
import { place } from '../differentiate/jvp.ts'
import { EosError } from '../error.ts'
import { type Graph, nodesOf } from '../graph.ts'
import { atScope } from '../scope.ts'
import type { Node, Tensor } from '../tensor.ts'
import { sameType, showType } from '../type.ts'

/** How many nodes and graph outputs read a tensor; infinite where a rule has just made it. */
export type Uses = (tensor: Tensor) => number

/**
 * A rewrite of one node with a single output: an equal tensor of the same type, or undefined where it does not apply.
 * It sees inputs that are rewritten already. What it builds carries the scope of the node.
 */
export type Rule = (node: Node, uses: Uses) => Tensor | undefined

/** A graph of the same meaning; the very same object where nothing changed. */
export type Pass = (graph: Graph) => Graph

/** The pass that offers every node, in topological order, to the rules; the first that applies wins. */
export const rewriting =
  (...rules: readonly Rule[]): Pass =>
  (graph) => {
    const nodes = nodesOf(Object.values(graph.outputs))
    const counts = countUses(nodes, graph)
    const carried = new Map<Tensor, number>()
    const replaced = new Map<Tensor, Tensor>()
    const uses: Uses = (tensor) => carried.get(tensor) ?? Number.POSITIVE_INFINITY
    let fired = false
    for (const node of nodes) {
      const current = withInputs(
        node,
        node.inputs.map((x) => replaced.get(x) ?? x),
      )
      const result = current.outputs.length === 1 ? atScope(node.scope, () => firstOf(rules, current, uses)) : undefined
      fired ||= result !== undefined
      node.outputs.forEach((output, i) => {
        const target = result ?? (current.outputs[i] as Tensor)
        if (target !== output) replaced.set(output, target)
        carried.set(target, (carried.get(target) ?? 0) + (counts.get(output) ?? 0))
      })
    }
    return fired ? replaceOutputs(graph, replaced) : graph
  }

/**
 * The graph with other tensors for the outputs of some nodes, each of which has one. `replacement` is asked about every
 * node in topological order, with its inputs replaced already, and as it was before.
 */
export function rebuild(graph: Graph, replacement: (node: Node, before: Node) => Tensor | undefined): Graph {
  const replaced = new Map<Tensor, Tensor>()
  let fired = false
  for (const node of nodesOf(Object.values(graph.outputs))) {
    const current = withInputs(
      node,
      node.inputs.map((x) => replaced.get(x) ?? x),
    )
    const other = atScope(node.scope, () => replacement(current, node))
    fired ||= other !== undefined
    node.outputs.forEach((output, i) => {
      const target = other ?? (current.outputs[i] as Tensor)
      if (target !== output) replaced.set(output, target)
    })
  }
  return fired ? replaceOutputs(graph, replaced) : graph
}

/** The node on other inputs; itself where they are the same. */
export function withInputs(node: Node, inputs: readonly Tensor[]): Node {
  if (inputs.every((x, i) => x === node.inputs[i])) return node
  return atScope(node.scope, () => (apply(node.operator, inputs, node.attributes)[0] as Tensor).node)
}

/** The graph with other tensors in place of its outputs; inputs stay, also those that nothing reads any more. */
export function replaceOutputs(graph: Graph, replaced: ReadonlyMap<Tensor, Tensor>): Graph {
  const outputs = Object.entries(graph.outputs).map(([key, tensor]) => [key, replaced.get(tensor) ?? tensor] as const)
  return { ...graph, outputs: Object.fromEntries(outputs) }
}

function firstOf(rules: readonly Rule[], node: Node, uses: Uses): Tensor | undefined {
  const [output] = node.outputs as [Tensor]
  for (const rule of rules) {
    const result = rule(node, uses)
    if (result === undefined || result === output) continue
    if (!sameType(result, output))
      throw new EosError('REWRITE', `A rewrite made ${showType(result)} of ${showType(output)}.`, {
        hint: 'This is a defect of the simplifier; writeOnnx(graph, { simplify: false }) goes around it.',
        trace: [`simplifying ${place(node)}`],
      })
    return result
  }
  return undefined
}

function countUses(nodes: readonly Node[], { outputs }: Graph): Map<Tensor, number> {
  const counts = new Map<Tensor, number>()
  const count = (tensor: Tensor): void => {
    counts.set(tensor, (counts.get(tensor) ?? 0) + 1)
  }
  for (const node of nodes) node.inputs.forEach(count)
  Object.values(outputs).forEach(count)
  return counts
}
