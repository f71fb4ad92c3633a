import { apply, apply1 } from '../apply.ts'
import { EosError } from '../error.ts'
import { nodesOf } from '../graph.ts'
import type { Tangents } from '../operator.ts'
import { add } from '../ops/arithmetic.ts'
import { broadcastLike } from '../ops/broadcast.ts'
import { constant } from '../ops/leaf.ts'
import { scope } from '../scope.ts'
import type { Node, Tensor } from '../tensor.ts'
import { isFloat, sameShape, showType } from '../type.ts'

/**
 * Forward mode: the Jacobian-vector product `J v` of outputs with respect to inputs.
 *
 * `inputs` may be any tensors that the outputs depend on; each is taken as independent. An `undefined` tangent is an
 * exact zero, and an output that does not depend on the inputs has an `undefined` tangent.
 * Throws `TANGENT` when a tangent's type differs from its input's. Cost: about one evaluation of the outputs.
 */
export function jvp(outputs: readonly Tensor[], inputs: readonly Tensor[], tangents: Tangents): (Tensor | undefined)[] {
  const known = new Map<Tensor, Tensor>()
  inputs.forEach((input, i) => {
    const tangent = tangents[i]
    if (!tangent) return
    if (!sameShape(tangent.shape, input.shape) || tangent.dtype !== input.dtype)
      throw new EosError('TANGENT', `The tangent of ${showType(input)} must have its type, got ${showType(tangent)}.`)
    known.set(input, tangent)
  })
  const seeds = new Set(inputs)
  for (const node of nodesOf(outputs, seeds)) {
    const given = node.inputs.map((input) => known.get(input))
    if (given.every((tangent) => tangent === undefined)) continue
    const results = scope(`tangent of ${place(node)}`, () => tangentOf(node, given))
    node.outputs.forEach((output, i) => {
      const tangent = results[i]
      if (tangent && isFloat(output.dtype) && !seeds.has(output)) known.set(output, tangent)
    })
  }
  return outputs.map((output) => known.get(output))
}

/** `Gemm of layer1/dense`: how traces name a node. */
export const place = (node: Node): string =>
  node.scope === '' ? node.operator.type : `${node.operator.type} of ${node.scope}`

function tangentOf(node: Node, tangents: Tangents): Tangents {
  const { operator, inputs, attributes, outputs } = node
  const rule = operator.tangent
  if (rule === 'zero') return []
  if (rule === 'linear') {
    const filled = inputs.map((input, i) => (isFloat(input.dtype) ? (tangents[i] ?? zeros(input)) : input))
    return apply(operator, filled, attributes)
  }
  if (rule === 'multilinear') {
    const terms = tangents.flatMap((tangent, i) =>
      tangent
        ? [
            apply1(
              operator,
              inputs.map((input, j) => (i === j ? tangent : input)),
              attributes,
            ),
          ]
        : [],
    )
    return [terms.reduce((sum, term) => add(sum, term))].map((sum) => broadcastLike(sum, outputs[0] as Tensor))
  }
  return rule(node, tangents)
}

const zeros = (like: Tensor): Tensor => broadcastLike(constant(0, [], like.dtype), like)
