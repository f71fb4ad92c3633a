import { EosError } from '@eos-sgd/graph'
import { philoxInto, type Words4 } from './philox.ts'

const tags = { number: 1, string: 2 } as const

/**
 * 128 bits that name a stream: a hash of the seed and of every part with its kind and length, so that `('ab', 'c')`,
 * `('a', 'bc')`, `1` and `'1'` are four different streams. Philox itself is the mixer, in the Davies-Meyer construction:
 * `h <- philox(h; key = two words of the message) ^ h`. Not meant against an adversary.
 */
export function streamId(seed: number, stream: readonly (number | string)[]): Words4 {
  if (!Number.isSafeInteger(seed))
    throw new EosError('SEED', `A seed must be a whole number below 2^53 in size, got ${seed}.`)
  const state = new Uint32Array(4)
  const mixed = new Uint32Array(4)
  const absorb = (first: number, second: number): void => {
    philoxInto(mixed, state[0]!, state[1]!, state[2]!, state[3]!, first, second)
    for (let i = 0; i < 4; i++) state[i]! ^= mixed[i]!
  }
  const scratch = new DataView(new ArrayBuffer(8))
  for (const part of [seed, ...stream]) {
    if (typeof part === 'string') {
      absorb(tags.string, part.length)
      for (let i = 0; i < part.length; i += 4) absorb(unitsAt(part, i), unitsAt(part, i + 2))
    } else {
      if (!Number.isFinite(part)) throw new EosError('SEED', `A stream cannot be named by the number ${part}.`)
      // Adding zero makes -0 the same stream as 0.
      scratch.setFloat64(0, part + 0)
      absorb(tags.number, 8)
      absorb(scratch.getUint32(0), scratch.getUint32(4))
    }
  }
  return [state[0]!, state[1]!, state[2]!, state[3]!]
}

/** Two UTF-16 code units as a word; zeros after the end. */
const unitsAt = (text: string, i: number): number =>
  ((i < text.length ? text.charCodeAt(i) : 0) << 16) | (i + 1 < text.length ? text.charCodeAt(i + 1) : 0)
