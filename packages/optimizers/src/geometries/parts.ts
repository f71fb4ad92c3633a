import { type Leaf, Vector } from '@eos-sgd/graph'

/** The tensors of `v` that belong to `leaves`. */
export const restrict = (v: Vector, leaves: readonly Leaf[]): Vector =>
  new Vector(
    leaves,
    leaves.map((leaf) => v.get(leaf.name)),
  )

/** The vector over `leaves` that is made of the parts; zero where no part has the leaf. */
export function combine(leaves: readonly Leaf[], parts: readonly Vector[]): Vector {
  const known = new Map(parts.flatMap((part) => part.leaves.map((leaf, i) => [leaf.name, part.tensors[i]] as const)))
  return Vector.zeros(leaves).map((leaf, zero) => known.get(leaf.name) ?? zero)
}

/** Below it a squared norm counts as zero: it keeps `0 / 0` out, and is the smallest number float32 holds well. */
export const leastSquare = 1e-37
