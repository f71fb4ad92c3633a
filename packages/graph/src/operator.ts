import type { NdArray } from './array.ts'
import type { Node, Tensor } from './tensor.ts'
import type { TensorType } from './type.ts'

/** Kind of an attribute, as ONNX distinguishes them. */
export type AttributeKind = 'int' | 'ints' | 'float' | 'floats' | 'string' | 'tensor'
export type Attribute = number | string | readonly number[] | NdArray
export type Attributes = Readonly<Record<string, Attribute>>

/** Tangents or cotangents; `undefined` is an exact zero that was never built. */
export type Tangents = readonly (Tensor | undefined)[]

/**
 * The tangent (Jacobian-vector product) of an operator:
 * - `zero`: piecewise constant, or not of a floating type;
 * - `linear`: jointly linear in its float inputs, so the tangent is the operator applied to the tangents;
 * - `multilinear`: linear in each float input with the others fixed, so the tangent is a sum of such terms;
 * - a function of the node and its input tangents that gives one tangent per output.
 */
export type TangentRule = 'zero' | 'linear' | 'multilinear' | ((node: Node, tangents: Tangents) => Tangents)

/**
 * The transpose of an operator in one input: given cotangents of the outputs, the cotangent of input `input`,
 * of that input's shape, with the other inputs fixed. Only operators that are linear in that input have one.
 */
export type TransposeRule = (node: Node, cotangents: Tangents, input: number) => Tensor | undefined

/** A constant integer list that ONNX passes as an input and this graph keeps as an attribute (shapes, axes, pads). */
export interface Operand {
  readonly attribute: string
  readonly input: number
}

/**
 * Everything that the toolkit knows about one standard ONNX operator. Rules emit only operators that carry rules
 * themselves, so derivatives nest to any order.
 */
export interface Operator {
  /** ONNX operator type, default domain. */
  readonly type: string
  /** Kinds of the attributes that are written to ONNX as attributes. */
  readonly attributes?: Readonly<Record<string, AttributeKind>>
  readonly operands?: readonly Operand[]
  /** Output types; throws `EosError` (`SHAPE`, `DTYPE`) when the inputs do not fit. */
  infer(inputs: readonly TensorType[], attributes: Attributes): readonly TensorType[]
  /** The definition: what the operator computes, in float64. */
  evaluate(inputs: readonly NdArray[], attributes: Attributes, outputs: readonly TensorType[]): readonly NdArray[]
  readonly tangent: TangentRule
  readonly transpose?: TransposeRule
}

/** Types an operator; a third party's operator is made the same way and used through `apply`. */
export const defineOp = (operator: Operator): Operator => operator
