import { apply } from './apply.ts'
import { nodesOf } from './graph.ts'
import { atScope } from './scope.ts'
import type { Tensor } from './tensor.ts'

/**
 * The same computation of `tensors` with other tensors in the place of some that it depends on, each of the type of what
 * it replaces. What does not depend on them is kept, not copied. Cost: a walk over the nodes in between.
 */
export function substitute(tensors: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  const replaced = new Map(replacements)
  for (const node of nodesOf(tensors, new Set(replacements.keys()))) {
    const inputs = node.inputs.map((x) => replaced.get(x) ?? x)
    if (inputs.every((x, i) => x === node.inputs[i])) continue
    const outputs = atScope(node.scope, () => apply(node.operator, inputs, node.attributes))
    node.outputs.forEach((output, i) => {
      replaced.set(output, outputs[i] as Tensor)
    })
  }
  return tensors.map((tensor) => replaced.get(tensor) ?? tensor)
}
