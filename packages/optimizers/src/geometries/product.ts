import type { Geometry } from '@eos-sgd/core'
import { constant, type Leaf, maximum, type Tensor } from '@eos-sgd/graph'
import { combine, restrict } from './parts.ts'

/** Some leaves, the norm they have, and its unit. */
export interface Block {
  readonly leaves: readonly Leaf[]
  readonly geometry: Geometry
  /** Lengths of this block count in units of it; 1 by default. */
  readonly radius?: number | Tensor
}

/**
 * The largest of the blocks' norms: `||d|| = max_i ||d_i||_i / r_i`. Dual `sum_i r_i ||v_i||*_i`,
 * `lmo(v)_i = r_i lmo_i(v_i)`. Leaves of no block have no length: `lmo` is zero there.
 */
export function product(blocks: readonly Block[]): Geometry {
  const unit = (block: Block): number | Tensor => block.radius ?? 1
  return {
    name: `product of ${blocks.map((block) => block.geometry.name).join(' and ')}`,
    lmo: (v) =>
      combine(
        v.leaves,
        blocks.map((block) => block.geometry.lmo(restrict(v, block.leaves)).scale(unit(block))),
      ),
    norm: (v) =>
      blocks
        .map((block) => block.geometry.norm(restrict(v, block.leaves)).div(unit(block)))
        .reduce((a, b) => maximum(a, b), constant(0)),
    dualNorm: (v) =>
      blocks
        .map((block) => block.geometry.dualNorm(restrict(v, block.leaves)).mul(unit(block)))
        .reduce((a, b) => a.add(b), constant(0)),
  }
}
