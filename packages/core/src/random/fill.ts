import { EosError } from '@eos-sgd/graph'
import { counterRandom } from './counter-random.ts'

/** Fills with standard normal draws, rounded to float32. */
export function fillNormal(out: Float32Array, seed: number, ...stream: readonly (number | string)[]): void {
  const random = counterRandom(seed, ...stream)
  for (let i = 0; i < out.length; i++) out[i] = random.normal()
}

/** Fills with draws uniform on `[-bound, bound]`, rounded to float32. */
export function fillUniform(
  out: Float32Array,
  bound: number,
  seed: number,
  ...stream: readonly (number | string)[]
): void {
  const random = counterRandom(seed, ...stream)
  for (let i = 0; i < out.length; i++) out[i] = bound * (2 * random.uniform() - 1)
}

/** Fills with multiples of `2^-24` uniform on `[0, 1)`, exact in float32. Cost: one word a number. */
export function fillUnit(out: Float32Array, seed: number, ...stream: readonly (number | string)[]): void {
  const random = counterRandom(seed, ...stream)
  for (let i = 0; i < out.length; i++) out[i] = (random.uint32() >>> 8) / 0x100_0000
}

/**
 * A permutation of `0 .. n - 1`, all `n!` alike (Fisher-Yates with unbiased integers); `n` up to 2^32. Throws
 * `RANDOM_RANGE` for an `n` that is not a length.
 */
export function permutation(n: number, seed: number, ...stream: readonly (number | string)[]): Uint32Array {
  if (!Number.isInteger(n) || n < 0 || n > 0x1_0000_0000)
    throw new EosError('RANDOM_RANGE', `permutation(n) needs a whole n from 0 to 2^32, got ${n}.`)
  const random = counterRandom(seed, ...stream)
  const order = new Uint32Array(n)
  for (let i = 0; i < n; i++) order[i] = i
  for (let last = n - 1; last > 0; last--) {
    const chosen = random.integer(last + 1)
    const value = order[chosen]!
    order[chosen] = order[last]!
    order[last] = value
  }
  return order
}
