import type { Attributes, Operator } from './operator.ts'
import * as arithmetic from './ops/arithmetic.ts'
import * as elementary from './ops/elementary.ts'
import { matmul } from './ops/linear-algebra.ts'
import { maximum, minimum } from './ops/selection.ts'
import { reshape } from './ops/shape.ts'
import type { DType, Shape, TensorType } from './type.ts'

/**
 * One application of an operator. Nodes are immutable values; `id` grows with creation, so ascending ids are a
 * topological order of any set of nodes.
 */
export interface Node {
  readonly id: number
  readonly operator: Operator
  readonly inputs: readonly Tensor[]
  readonly attributes: Attributes
  readonly outputs: readonly Tensor[]
  /** The scopes that were open when the node was made, outermost first: `layer1/dense`. */
  readonly scope: string
}

/**
 * A symbolic tensor: the `index`-th output of a node. Calling its methods adds nodes; nothing is computed until a
 * backend compiles a graph, or the interpreter walks it. Binary methods broadcast as ONNX and NumPy do, and take a
 * number for a constant of the same element type.
 */
export class Tensor implements TensorType {
  readonly node: Node
  readonly index: number
  readonly shape: Shape
  readonly dtype: DType

  constructor(node: Node, index: number, type: TensorType) {
    this.node = node
    this.index = index
    this.shape = type.shape
    this.dtype = type.dtype
  }

  add(other: Tensor | number): Tensor {
    return arithmetic.add(this, other)
  }
  sub(other: Tensor | number): Tensor {
    return arithmetic.sub(this, other)
  }
  mul(other: Tensor | number): Tensor {
    return arithmetic.mul(this, other)
  }
  div(other: Tensor | number): Tensor {
    return arithmetic.div(this, other)
  }
  neg(): Tensor {
    return arithmetic.neg(this)
  }
  sqrt(): Tensor {
    return elementary.sqrt(this)
  }
  exp(): Tensor {
    return elementary.exp(this)
  }
  log(): Tensor {
    return elementary.log(this)
  }
  /** Elementwise power with a constant exponent. */
  pow(exponent: number): Tensor {
    return elementary.pow(this, exponent)
  }
  max(other: Tensor | number): Tensor {
    return maximum(this, other)
  }
  min(other: Tensor | number): Tensor {
    return minimum(this, other)
  }
  /** Matrix product over the last two axes. */
  matmul(other: Tensor): Tensor {
    return matmul(this, other)
  }
  reshape(shape: Shape): Tensor {
    return reshape(this, shape)
  }
}
