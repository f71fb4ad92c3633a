import { EosError } from './error.ts'
import type { Attributes, Operator } from './operator.ts'
import { currentScope } from './scope.ts'
import { type Node, Tensor } from './tensor.ts'
import { showType, type TensorType } from './type.ts'

let nextId = 0

/** Adds a node and returns its outputs. An error of `infer` is rethrown with operator, input types and scope. */
export function apply(operator: Operator, inputs: readonly Tensor[], attributes: Attributes = {}): readonly Tensor[] {
  const scope = currentScope()
  let types: readonly TensorType[]
  try {
    types = operator.infer(inputs, attributes)
  } catch (error) {
    if (!(error instanceof EosError)) throw error
    const place = `${operator.type}(${inputs.map(showType).join(', ')})`
    const trace = [`building ${place}`, ...(scope === '' ? [] : [scope]), ...error.trace]
    throw new EosError(error.code, `${operator.type}: ${stripPrefix(error.message)}`, { trace, cause: error })
  }
  const outputs: Tensor[] = []
  const node: Node = { id: nextId++, operator, inputs, attributes, outputs, scope }
  types.forEach((type, index) => {
    outputs.push(new Tensor(node, index, type))
  })
  return outputs
}

/** {@link apply} for the operators with a single output. */
export const apply1 = (operator: Operator, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor =>
  apply(operator, inputs, attributes)[0] as Tensor

const stripPrefix = (message: string): string => message.replace(/^\[eos\] /, '')
