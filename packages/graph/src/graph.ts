import { EosError } from './error.ts'
import { Input, inputName } from './ops/leaf.ts'
import type { Node, Tensor } from './tensor.ts'

/** A computation as a value: named inputs and named outputs, and the nodes between them. */
export interface Graph {
  readonly name: string
  readonly inputs: Readonly<Record<string, Tensor>>
  readonly outputs: Readonly<Record<string, Tensor>>
}

/**
 * The graph of the given outputs. Its inputs are those that the outputs depend on, in the order of their making.
 * Throws `INPUT_NAME` when two different inputs share a name.
 */
export function graph(name: string, outputs: Readonly<Record<string, Tensor>>): Graph {
  const inputs = new Map<string, Tensor>()
  for (const node of nodesOf(Object.values(outputs))) {
    if (node.operator !== Input) continue
    const tensor = node.outputs[0] as Tensor
    const key = inputName(tensor) as string
    if (inputs.has(key))
      throw new EosError('INPUT_NAME', `Graph "${name}" has two inputs named "${key}".`, { hint: 'Rename one.' })
    inputs.set(key, tensor)
  }
  return { name, inputs: Object.fromEntries(inputs), outputs }
}

/** All nodes that the tensors depend on, in topological order; nodes of `stop` tensors' producers are not entered. */
export function nodesOf(tensors: readonly Tensor[], stop: ReadonlySet<Tensor> = new Set()): Node[] {
  const found = new Set<Node>()
  const pending = tensors.filter((tensor) => !stop.has(tensor))
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (found.has(tensor.node)) continue
    found.add(tensor.node)
    for (const input of tensor.node.inputs) if (!stop.has(input)) pending.push(input)
  }
  return [...found].sort((a, b) => a.id - b.id)
}
