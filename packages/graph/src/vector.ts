import { EosError } from './error.ts'
import type { Leaf } from './leaf.ts'
import { broadcastLike } from './ops/broadcast.ts'
import { constant } from './ops/leaf.ts'
import { reduceSum, reduceSumSquare } from './ops/reduction.ts'
import type { Tensor } from './tensor.ts'
import { sameShape, showType } from './type.ts'

/**
 * A point or direction in parameter space: one tensor per leaf, with the linear algebra of the whole. Two vectors fit
 * together when they have the same leaves. Its layout in memory is nobody else's business.
 */
export class Vector {
  readonly leaves: readonly Leaf[]
  readonly tensors: readonly Tensor[]

  /** Throws `VECTOR` when a tensor's shape is not its leaf's. */
  constructor(leaves: readonly Leaf[], tensors: readonly Tensor[]) {
    if (leaves.length !== tensors.length)
      throw new EosError('VECTOR', `A vector of ${leaves.length} leaves cannot hold ${tensors.length} tensors.`)
    leaves.forEach((leaf, i) => {
      const tensor = tensors[i] as Tensor
      if (!sameShape(leaf.shape, tensor.shape))
        throw new EosError(
          'VECTOR',
          `Leaf "${leaf.name}" has shape [${leaf.shape.join(', ')}], but got ${showType(tensor)}.`,
        )
    })
    this.leaves = leaves
    this.tensors = tensors
  }

  /** Zeros in the shape of the leaves. */
  static zeros(leaves: readonly Leaf[]): Vector {
    const zero = constant(0)
    return new Vector(
      leaves,
      leaves.map((leaf) => broadcastLike(zero, { shape: leaf.shape, dtype: 'float32' })),
    )
  }

  /** The tensor of the leaf of that name; throws `VECTOR` when there is none. */
  get(name: string): Tensor {
    const at = this.leaves.findIndex((leaf) => leaf.name === name)
    if (at < 0)
      throw new EosError('VECTOR', `There is no leaf "${name}".`, {
        hint: `There are: ${this.leaves.map((l) => l.name).join(', ')}.`,
      })
    return this.tensors[at] as Tensor
  }

  /** Applies `f` leaf by leaf, together with the same leaf of the others; keeps the leaves. */
  map(f: (leaf: Leaf, tensor: Tensor, ...others: Tensor[]) => Tensor, ...others: readonly Vector[]): Vector {
    for (const other of others) this.#fits(other)
    const mapped = this.leaves.map((leaf, i) =>
      f(leaf, this.tensors[i] as Tensor, ...others.map((other) => other.tensors[i] as Tensor)),
    )
    return new Vector(this.leaves, mapped)
  }

  /** `<this, other>`, a scalar; 0 for a vector without leaves. */
  dot(other: Vector): Tensor {
    this.#fits(other)
    const terms = this.tensors.map((a, i) => {
      const b = other.tensors[i] as Tensor
      return a === b ? reduceSumSquare(a) : reduceSum(a.mul(b))
    })
    return terms.length === 0 ? constant(0) : terms.reduce((sum, term) => sum.add(term))
  }

  /** Euclidean norm, a scalar. */
  norm(): Tensor {
    return this.dot(this).sqrt()
  }

  scale(factor: Tensor | number): Vector {
    return this.map((_, a) => a.mul(factor))
  }

  add(other: Vector): Vector {
    return this.map((_, a, b) => a.add(b as Tensor), other)
  }

  sub(other: Vector): Vector {
    return this.map((_, a, b) => a.sub(b as Tensor), other)
  }

  /** `this + weight (other - this)`. */
  lerp(other: Vector, weight: Tensor | number): Vector {
    return this.map((_, a, b) => a.add((b as Tensor).sub(a).mul(weight)), other)
  }

  #fits(other: Vector): void {
    const odd =
      this.leaves.length !== other.leaves.length || this.leaves.some((leaf, i) => leaf.name !== other.leaves[i]?.name)
    if (odd)
      throw new EosError('VECTOR', 'The two vectors have different leaves.', {
        hint: `One has ${this.leaves.map((l) => l.name).join(', ')}; the other ${other.leaves.map((l) => l.name).join(', ')}.`,
      })
  }
}
