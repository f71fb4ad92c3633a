import { apply1 } from '../apply.ts'
import { type Graph, nodesOf } from '../graph.ts'
import { Conv } from '../ops/convolution/operators.ts'
import { concat, slice } from '../ops/shape.ts'
import { atScope } from '../scope.ts'
import type { Node, Tensor } from '../tensor.ts'
import { type Pass, replaceOutputs, withInputs } from './rewrite.ts'

/** With more outputs the matrix product outweighs what several convolutions can share. */
const mostOutputs = 64

/**
 * Convolutions of one image in the same windows become one, by all of their weights: a tangent `x * dw` beside `x * w`.
 * The image is laid out for the matrix product once, which for few outputs is most of the work.
 */
export const stackConvolutions: Pass = (graph: Graph): Graph => {
  const nodes = nodesOf(Object.values(graph.outputs))
  const stacks = stacksOf(nodes)
  return stacks.size === 0 ? graph : replaceOutputs(graph, rebuild(nodes, stacks))
}

/** The stack that each convolution goes into, where there is one. */
function stacksOf(nodes: readonly Node[]): ReadonlyMap<Node, readonly Node[]> {
  const alike = new Map<string, Node[]>()
  for (const node of nodes) {
    if (node.operator !== Conv || node.attributes.group !== 1) continue
    const [x, w] = node.inputs as [Tensor, Tensor]
    const { strides, pads, dilations } = node.attributes
    const key = [`${x.node.id}.${x.index}`, w.shape.slice(2), strides, pads, dilations].join('|')
    alike.set(key, [...(alike.get(key) ?? []), node])
  }
  const stacks = new Map<Node, readonly Node[]>()
  for (const candidates of alike.values()) {
    const stack = fitting(candidates)
    if (stack.length > 1 && !dependsOn(stack, stacks)) for (const node of stack) stacks.set(node, stack)
  }
  return stacks
}

/** As many as have the most outputs together, in their order. */
function fitting(candidates: readonly Node[]): readonly Node[] {
  let outputs = 0
  return candidates.filter(({ inputs: [, w] }) => {
    const more = (w as Tensor).shape[0] as number
    if (outputs + more > mostOutputs) return false
    outputs += more
    return true
  })
}

/** Whether a weight of the stack depends on one of its own outputs, when the other stacks are each computed at once. */
function dependsOn(stack: readonly Node[], stacks: ReadonlyMap<Node, readonly Node[]>): boolean {
  const seen = new Set<Node>()
  const pending = stack.flatMap(({ inputs }) => inputs.map((x) => x.node))
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (stack.includes(node)) return true
    if (seen.has(node)) continue
    seen.add(node)
    for (const { inputs } of stacks.get(node) ?? [node]) for (const x of inputs) pending.push(x.node)
  }
  return false
}

/** The tensors that take the place of those that change. A stack is computed when all of its weights are. */
function rebuild(nodes: readonly Node[], stacks: ReadonlyMap<Node, readonly Node[]>): ReadonlyMap<Tensor, Tensor> {
  const replaced = new Map<Tensor, Tensor>()
  const done = new Set<Node>()
  const now = (x: Tensor): Tensor => replaced.get(x) ?? x
  const pending = [...nodes].reverse()
  for (let node = pending.at(-1); node; node = pending.at(-1)) {
    const stack = stacks.get(node) ?? [node]
    const missing = done.has(node)
      ? []
      : stack.flatMap(({ inputs }) => inputs.map((x) => x.node)).filter((x) => !done.has(x))
    if (missing.length > 0) {
      pending.push(...missing)
      continue
    }
    pending.pop()
    if (done.has(node)) continue
    const outputs = stacks.has(node) ? stacked(stack, now) : withInputs(node, node.inputs.map(now)).outputs
    const before = stack.flatMap((each) => each.outputs)
    before.forEach((output, i) => {
      if (outputs[i] !== output) replaced.set(output, outputs[i] as Tensor)
    })
    for (const each of stack) done.add(each)
  }
  return replaced
}

/** The outputs of a stack, cut from those of one convolution. */
function stacked(stack: readonly Node[], now: (x: Tensor) => Tensor): readonly Tensor[] {
  const [first] = stack as readonly [Node]
  return atScope(first.scope, () => {
    const weights = stack.map(({ inputs }) => now(inputs[1] as Tensor))
    const y = apply1(Conv, [now(first.inputs[0] as Tensor), concat(weights, 0)], first.attributes)
    const starts = weights.map((_, i) =>
      weights.slice(0, i).reduce((sum, { shape: [outputs] }) => sum + (outputs as number), 0),
    )
    return weights.map(({ shape: [outputs] }, i) => {
      const start = starts[i] as number
      return slice(y, 1, start, start + (outputs as number))
    })
  })
}
