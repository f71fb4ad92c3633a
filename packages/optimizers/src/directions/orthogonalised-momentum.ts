import { type Direction, defineDirection } from '@eos-sgd/core'
import { constant, type Leaf, type Tensor, Vector } from '@eos-sgd/graph'
import { diagonal } from '../geometries/diagonal.ts'
import { pack, packedLeaves, unpack } from '../geometries/pack.ts'
import { combine, restrict } from '../geometries/parts.ts'
import { type Block, product } from '../geometries/product.ts'
import { aspectRadius, spectral } from '../geometries/spectral.ts'
import { fraction, positive, whole } from '../options.ts'
import { type AdamState, adamMoments, restartMoments, zeroMoments } from './adam-moments.ts'
import { asMatrix, matrixShape } from './matrix.ts'
import { newtonSchulz, type Polar } from './newton-schulz.ts'
import { type CheapPolar, cheapPolar, pols, smallSide } from './polar.ts'

/** Options of {@link orthogonalisedMomentum}. */
export interface OrthogonalisedMomentumOptions {
  /** `mu` in [0, 1). 0.95 by default. */
  readonly momentum?: number
  /** `cheap`: dominant directions exactly, the tail lifted. `newtonSchulz`: five full iterations. */
  readonly polar?: 'cheap' | 'newtonSchulz'
  /** Dominant directions of the cheap polar, 1 to 64. 16 by default. */
  readonly rank?: number
  /** Factor of Adam's direction for parameters of fewer than two axes. 0.2 by default. */
  readonly vectorScale?: number
}

/**
 * `momentum` holds `mu M/(1 - mu)` of the matrices; `subspace` the n x k bases of those above 64 x 64; `vectors` the
 * moments of every other parameter, packed into one tensor.
 */
export type OrthogonalisedMomentumState = {
  readonly momentum: Vector
  readonly subspace: { readonly [leaf: string]: Tensor }
  readonly vectors: AdamState
}

type Subspaces = OrthogonalisedMomentumState['subspace']

/** Polar factors by leaf, the sum of their `<q, polar>`, and the next subspaces. */
interface Orthogonal {
  readonly polars: ReadonlyMap<Leaf, Tensor>
  readonly nuclear: Tensor
  readonly subspaces: Subspaces
}

/**
 * Orthogonalised momentum (Muon, Jordan et al. 2024) with a cheap polar factor: `M' = mu M + (1 - mu) g`,
 * `q = (1 - mu) g + mu M'`; a parameter of two or more axes, viewed as r outputs x c, moves along
 * `sqrt(r/c) polar(q)`; every other one along `0.2 Adam(g)`. Frozen parameters do not move and keep no state.
 *
 * Geometry: product of spectral norms with radii `sqrt(r/c)` and of Adam's diagonal norm with the radius that makes
 * this step its `lmo`; the step is normalised, `scale = 1/<q, u>`, found without a pass. Gain that of Nesterov's filter
 * in averaged form, `(1 - mu)(1 + 2 mu)/(1 + mu)`: in front of a non-linear `lmo` an approximation.
 *
 * The polar does not see the scale of its argument, so with `S = mu M/(1 - mu)` the momentum takes three passes:
 * `S' = mu (S + g)`, `q/(1 - mu) = g + S'`. Then per matrix: its norm, `alpha q`, and three products of rank 16 that
 * carry every other factor. Passes over matrices: 5; state: one matrix and n x 16. Source: controller.md, 2 and 3.
 */
export function orthogonalisedMomentum({
  momentum = 0.95,
  polar = 'cheap',
  rank = 16,
  vectorScale = 0.2,
}: OrthogonalisedMomentumOptions = {}): Direction<OrthogonalisedMomentumState> {
  fraction('orthogonalisedMomentum', 'momentum', momentum)
  whole('orthogonalisedMomentum', 'rank', rank, 1, smallSide)
  positive('orthogonalisedMomentum', 'vectorScale', vectorScale)

  const keepsSubspace = (leaf: Leaf): boolean => polar === 'cheap' && Math.min(...matrixShape(leaf.shape)) > smallSide
  /** One by one where each needs its own; small ones in stacks of the same short side. */
  const orthogonal = (leaves: readonly Leaf[], matrices: readonly Tensor[], subspaces: Subspaces): Orthogonal => {
    const polars = new Map<Leaf, Tensor>()
    const next: Record<string, Tensor> = {}
    const stacks = new Map<number, { leaf: Leaf; q: Tensor }[]>()
    let nuclear: Tensor = constant(0)
    leaves.forEach((leaf, i) => {
      const q = matrices[i] as Tensor
      const subspace = subspaces[leaf.name]
      if (polar === 'cheap' && !subspace) {
        const side = Math.min(...q.shape)
        stacks.set(side, [...(stacks.get(side) ?? []), { leaf, q }])
        return
      }
      const found: Polar & Partial<CheapPolar> = subspace
        ? cheapPolar(q, subspace, aspectRadius(leaf))
        : newtonSchulz(q, { factor: aspectRadius(leaf) })
      polars.set(leaf, found.polar)
      nuclear = nuclear.add(found.nuclear)
      if (found.subspace) next[leaf.name] = found.subspace
    })
    for (const stack of stacks.values()) {
      const found = pols(
        stack.map(({ q }) => q),
        stack.map(({ leaf }) => aspectRadius(leaf)),
      )
      stack.forEach(({ leaf }, i) => {
        polars.set(leaf, found.polars[i] as Tensor)
      })
      nuclear = nuclear.add(found.nuclear)
    }
    return { polars, nuclear, subspaces: next }
  }

  return defineDirection({
    name: 'orthogonalised momentum',
    innerProduct: false,
    gain: ((1 - momentum) * (1 + 2 * momentum)) / (1 + momentum),
    contact: { growth: 0.1, hold: 0.25, ratio: 0.25, start: 1 / 16 },

    init(context) {
      const { matrices, vectors } = sorted(context.point.params.leaves)
      const subspaces = matrices.filter(keepsSubspace).map((leaf) => {
        const longest = Math.max(...matrixShape(leaf.shape))
        return [leaf.name, context.normalOf([longest, rank], `subspace/${leaf.name}`)] as const
      })
      return {
        momentum: Vector.zeros(matrices),
        subspace: Object.fromEntries(subspaces),
        vectors: zeroMoments(Vector.zeros(packedLeaves(vectors))),
      }
    },

    direction(context, state) {
      const gradient = context.gradient()
      const { leaves } = gradient
      const { matrices, vectors } = sorted(leaves)
      const fresh = restrict(gradient, matrices)
      const next = state.momentum.map((_, s, g) => s.add(g as Tensor).mul(momentum), fresh)
      const filtered = next.map((_, s, g) => (g as Tensor).add(s), fresh)
      const found = orthogonal(matrices, filtered.tensors.map(asMatrix), state.subspace)
      const turned = filtered.map((leaf) => (found.polars.get(leaf) as Tensor).reshape(leaf.shape))
      const nuclear = found.nuclear.mul(1 - momentum)

      const adam = adamMoments(pack(restrict(gradient, vectors)), state.vectors, {})
      const dual = adam.filtered.dot(adam.direction)
      const blocks: Block[] = [
        { leaves: matrices, geometry: spectral({ radius: aspectRadius }) },
        {
          leaves: vectors,
          geometry: diagonal(unpack(adam.scale, vectors)),
          radius: dual.max(1e-30).sqrt().mul(vectorScale),
        },
      ]
      return {
        direction: combine(leaves, [turned, unpack(adam.direction.scale(vectorScale), vectors)]),
        geometry: product(blocks.filter((block) => block.leaves.length > 0)),
        scale: nuclear.add(dual.mul(vectorScale)).max(1e-30).pow(-1),
        state: {
          momentum: next,
          subspace: found.subspaces,
          vectors: adam.state,
        },
      }
    },

    restart: (state) => ({
      ...state,
      momentum: Vector.zeros(state.momentum.leaves),
      vectors: restartMoments(state.vectors),
    }),
  })
}

/** The parameters that move: those of two or more axes, and the rest. */
const sorted = (leaves: readonly Leaf[]) => {
  const moving = leaves.filter((leaf) => !leaf.frozen)
  return {
    matrices: moving.filter((leaf) => leaf.shape.length >= 2),
    vectors: moving.filter((leaf) => leaf.shape.length < 2),
  }
}
