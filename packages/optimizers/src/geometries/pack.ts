import { concat, type Leaf, sizeOf, slice, Vector } from '@eos-sgd/graph'

/** The one leaf that stands for many; for one or none, they themselves. */
export const packedLeaves = (leaves: readonly Leaf[]): readonly Leaf[] =>
  leaves.length < 2
    ? leaves
    : [
        {
          name: 'packed',
          shape: [sum(leaves.map(({ shape }) => sizeOf(shape)))],
          role: 'vector',
          decay: false,
          frozen: false,
        },
      ]

/**
 * A vector of many short tensors as one tensor, their entries one after the other: an elementwise rule on it is one
 * chain of operators, where each tensor would cost a chain of its own.
 */
export const pack = (v: Vector): Vector =>
  v.leaves.length < 2
    ? v
    : new Vector(packedLeaves(v.leaves), [
        concat(
          v.tensors.map((tensor) => tensor.reshape([sizeOf(tensor.shape)])),
          0,
        ),
      ])

/** The inverse of {@link pack}. */
export function unpack(packed: Vector, leaves: readonly Leaf[]): Vector {
  const [whole] = packed.tensors
  if (leaves.length < 2 || !whole) return packed
  let start = 0
  const tensors = leaves.map(({ shape }) => {
    const end = start + sizeOf(shape)
    const part = slice(whole, 0, start, end).reshape(shape)
    start = end
    return part
  })
  return new Vector(leaves, tensors)
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0)
