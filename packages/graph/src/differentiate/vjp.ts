import { EosError } from '../error.ts'
import { nodesOf } from '../graph.ts'
import type { Tangents } from '../operator.ts'
import { add } from '../ops/arithmetic.ts'
import { broadcastLike } from '../ops/broadcast.ts'
import { constant, input } from '../ops/leaf.ts'
import { scope } from '../scope.ts'
import type { Node, Tensor } from '../tensor.ts'
import { sameShape, showType } from '../type.ts'
import { jvp, place } from './jvp.ts'

/**
 * Reverse mode: the vector-Jacobian products `J' u`, one per input, of that input's type. It is the transpose of the
 * tangent graph, so no operator has a reverse rule of its own.
 *
 * Inputs that the outputs do not depend on get zeros. Throws `NO_TRANSPOSE` with the chain of nodes when a linear
 * operator lacks a transpose. Cost: about two evaluations of the outputs, however many inputs there are.
 */
export function vjp(outputs: readonly Tensor[], inputs: readonly Tensor[], cotangents: Tangents): Tensor[] {
  const directions = inputs.map((x, i) => input(`tangent ${i}`, x.shape, x.dtype))
  const tangents = jvp(outputs, inputs, directions)
  const pairs = tangents.flatMap((tangent, i) => {
    const cotangent = cotangents[i]
    return tangent && cotangent ? [{ tangent, cotangent }] : []
  })
  const results = transposeLinear(
    pairs.map((pair) => pair.tangent),
    directions,
    pairs.map((pair) => pair.cotangent),
  )
  return inputs.map((x, i) => results[i] ?? broadcastLike(constant(0, [], x.dtype), x))
}

/**
 * The transpose of a graph that is linear in `inputs`: cotangents of the outputs to cotangents of the inputs
 * (`undefined` where nothing arrives).
 */
export function transposeLinear(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  cotangents: readonly Tensor[],
): (Tensor | undefined)[] {
  const linear = new Set<Tensor>(inputs)
  const nodes = nodesOf(outputs).filter((node) => {
    const depends = node.inputs.some((x) => linear.has(x))
    if (depends) for (const output of node.outputs) linear.add(output)
    return depends
  })
  const collected = new Map<Tensor, Tensor>()
  const collect = (tensor: Tensor, cotangent: Tensor): void => {
    if (!sameShape(tensor.shape, cotangent.shape))
      throw new EosError(
        'COTANGENT',
        `The cotangent of ${showType(tensor)} must have its type, got ${showType(cotangent)}.`,
      )
    const before = collected.get(tensor)
    collected.set(tensor, before ? add(before, cotangent) : cotangent)
  }
  outputs.forEach((output, i) => {
    collect(output, cotangents[i] as Tensor)
  })
  for (const node of nodes.reverse()) {
    const arrived = node.outputs.map((output) => collected.get(output))
    if (arrived.every((cotangent) => cotangent === undefined)) continue
    node.inputs.forEach((x, i) => {
      if (!linear.has(x)) return
      const cotangent = scope(`transpose of ${place(node)}`, () => transposeOf(node, arrived, i))
      if (cotangent) collect(x, cotangent)
    })
  }
  return inputs.map((x) => collected.get(x))
}

function transposeOf(node: Node, cotangents: Tangents, input: number): Tensor | undefined {
  const { transpose, type } = node.operator
  if (!transpose)
    throw new EosError('NO_TRANSPOSE', `Operator ${type} has no transpose in its input ${input}.`, {
      hint: 'Give its definition a `transpose`, or keep it out of the differentiated path.',
      trace: [`transposing ${place(node)}`],
    })
  return transpose(node, cotangents, input)
}
