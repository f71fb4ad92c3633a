/**
 * ONNX graphs as values: build with shape checks, differentiate to any order, interpret in float64, read and write.
 * @module
 */
export { apply, apply1 } from './apply.ts'
export { type NdArray, ndarray } from './array.ts'
export { directionalDerivative, gaussNewtonProduct, grad, hvp, valueAndGrad } from './differentiate/derivatives.ts'
export { jvp } from './differentiate/jvp.ts'
export { transposeLinear, vjp } from './differentiate/vjp.ts'
export { EosError, type EosErrorOptions } from './error.ts'
export { type Graph, graph, nodesOf } from './graph.ts'
export { interpret } from './interpret.ts'
export type { Leaf, Role } from './leaf.ts'
export { readOnnx } from './onnx/read.ts'
export { type WriteOptions, writeOnnx, writingOnnx } from './onnx/write.ts'
export {
  type Attribute,
  type AttributeKind,
  type Attributes,
  defineOp,
  type Operand,
  type Operator,
  type TangentRule,
  type Tangents,
  type TransposeRule,
} from './operator.ts'
export { operators } from './operators.ts'
export * from './ops/index.ts'
export { scope } from './scope.ts'
export { simplify, simplifying } from './simplify/simplify.ts'
export { substitute } from './substitute.ts'
export { type Node, Tensor } from './tensor.ts'
export { type DType, isFloat, type Shape, sameShape, sameType, showType, sizeOf, type TensorType } from './type.ts'
export { Vector } from './vector.ts'
