import { EosError } from '@eos-sgd/graph'
import { multiplyHigh, philoxInto } from './philox.ts'
import { streamId } from './stream.ts'

/** A sequence of random numbers. Every call advances it. */
export interface CounterRandom {
  /** All 32-bit words alike. */
  uint32(): number
  /** Uniform on `[0, 1)`: a multiple of `2^-53`, all alike. Takes two words. */
  uniform(): number
  /** Standard normal: Marsaglia's polar method on 53-bit uniforms. */
  normal(): number
  /** Uniform on `0 .. n - 1` without bias (Lemire's multiply and reject), `1 <= n <= 2^32`. Throws `RANDOM_RANGE`. */
  integer(n: number): number
}

const twoTo32 = 0x1_0000_0000

/**
 * The random sequence named by a seed and a stream: the same on every machine and in every JavaScript engine, bit for
 * bit. Sequences of different names are independent: the name's 128-bit hash gives the key and the upper half of the
 * counter, the lower half counts blocks.
 *
 * Throws `SEED` for a seed that is not a safe integer. Cost: about 35 ns a word, 150 ns a normal.
 *
 * @example
 * const random = counterRandom(7, 'dropout', step)
 * random.normal()
 */
export function counterRandom(seed: number, ...stream: readonly (number | string)[]): CounterRandom {
  const [key0, key1, name0, name1] = streamId(seed, stream)
  const block = new Uint32Array(4)
  let counterLow = 0
  let counterHigh = 0
  let used = 4
  let spare: number | undefined

  const uint32 = (): number => {
    if (used === 4) {
      philoxInto(block, counterLow, counterHigh, name0, name1, key0, key1)
      counterLow = (counterLow + 1) >>> 0
      if (counterLow === 0) counterHigh = (counterHigh + 1) >>> 0
      used = 0
    }
    return block[used++]!
  }
  const uniform = (): number => {
    const high = uint32() >>> 5
    const low = uint32() >>> 6
    return (high * 0x400_0000 + low) / 0x20_0000_0000_0000
  }
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare
      spare = undefined
      return value
    }
    for (;;) {
      const x = 2 * uniform() - 1
      const y = 2 * uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * portableLog(square)) / square)
      spare = y * factor
      return x * factor
    }
  }
  const integer = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > twoTo32)
      throw new EosError('RANDOM_RANGE', `integer(n) needs a whole n from 1 to 2^32, got ${n}.`)
    if (n === twoTo32) return uint32()
    let word = uint32()
    let low = Math.imul(word, n) >>> 0
    if (low < n) {
      const bias = (twoTo32 - n) % n
      while (low < bias) {
        word = uint32()
        low = Math.imul(word, n) >>> 0
      }
    }
    return multiplyHigh(word, n) >>> 0
  }
  return { uint32, uniform, normal, integer }
}

/**
 * Natural logarithm on `(0, 1]`, from additions, multiplications and divisions only. The last bit of `Math.log` differs
 * between engines; these are exact everywhere. `ln x = e ln 2 + 2 artanh z`, `z = (m - 1) / (m + 1)`, where `x = m 2^e`
 * and `1/sqrt 2 <= m < sqrt 2`. Error below 5 units in the last place.
 */
export function portableLog(x: number): number {
  let mantissa = x
  let exponent = 0
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2
    exponent--
  }
  const z = (mantissa - 1) / (mantissa + 1)
  const square = z * z
  let sum = 0
  for (let odd = 21; odd > 1; odd -= 2) sum = (sum + 1 / odd) * square
  return exponent * Math.LN2 + 2 * z * (1 + sum)
}
