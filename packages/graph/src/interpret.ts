import type { NdArray } from './array.ts'
import { EosError } from './error.ts'
import { type Graph, nodesOf } from './graph.ts'
import { Input, inputName } from './ops/leaf.ts'
import type { Tensor } from './tensor.ts'
import { sameShape, showType } from './type.ts'

/**
 * Runs a graph in float64, node by node: the living definition of every operator and the oracle of every backend.
 * Slow and simple on purpose. Throws `INPUT_MISSING` or `INPUT_TYPE` when the feeds do not fit.
 */
export function interpret(graph: Graph, feeds: Readonly<Record<string, NdArray>> = {}): Record<string, NdArray> {
  const values = new Map<Tensor, NdArray>()
  for (const node of nodesOf(Object.values(graph.outputs))) {
    if (node.operator === Input) {
      const tensor = node.outputs[0] as Tensor
      values.set(tensor, fed(tensor, feeds))
      continue
    }
    const inputs = node.inputs.map((input) => values.get(input) as NdArray)
    const results = node.operator.evaluate(inputs, node.attributes, node.outputs)
    node.outputs.forEach((output, i) => {
      values.set(output, results[i] as NdArray)
    })
  }
  return Object.fromEntries(Object.entries(graph.outputs).map(([key, tensor]) => [key, values.get(tensor) as NdArray]))
}

function fed(tensor: Tensor, feeds: Readonly<Record<string, NdArray>>): NdArray {
  const name = inputName(tensor) as string
  const value = Object.hasOwn(feeds, name) ? feeds[name] : undefined
  if (!value) throw new EosError('INPUT_MISSING', `Input "${name}" of type ${showType(tensor)} was not fed.`)
  if (!sameShape(value.shape, tensor.shape))
    throw new EosError('INPUT_TYPE', `Input "${name}" is ${showType(tensor)}, but was fed ${showType(value)}.`)
  return value
}
