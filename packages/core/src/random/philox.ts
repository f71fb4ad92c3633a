/** Four 32-bit words: a counter or a block of output. */
export type Words4 = readonly [number, number, number, number]
/** Two 32-bit words: a key. */
export type Words2 = readonly [number, number]

const rounds = 10
const multiplier0 = 0xd2511f53
const multiplier1 = 0xcd9e8d57
// Weyl increments of the key: the golden ratio and sqrt(3) - 1.
const increment0 = 0x9e3779b9
const increment1 = 0xbb67ae85

/**
 * Philox 4x32-10: a bijection of 128-bit blocks, chosen by a 64-bit key, whose outputs for the counters 0, 1, 2 ... are
 * independent uniform words. Stateless, so any part of a sequence can be computed anywhere.
 *
 * Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3.
 */
export function philox4x32(counter: Words4, key: Words2): [number, number, number, number] {
  const out = new Uint32Array(4)
  philoxInto(out, counter[0], counter[1], counter[2], counter[3], key[0], key[1])
  return [out[0]!, out[1]!, out[2]!, out[3]!]
}

/** {@link philox4x32} without allocation: writes the block to `out[0..3]`. */
export function philoxInto(
  out: Uint32Array,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
): void {
  let [c0, c1, c2, c3, k0, k1] = [counter0 | 0, counter1 | 0, counter2 | 0, counter3 | 0, key0 | 0, key1 | 0]
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(multiplier0, c0)
    const high1 = multiplyHigh(multiplier1, c2)
    const low0 = Math.imul(multiplier0, c0)
    const low1 = Math.imul(multiplier1, c2)
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + increment0) | 0
    k1 = (k1 + increment1) | 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}

/** The upper 32 bits of the 64-bit product of two unsigned words, as a signed word; exact, by 16-bit halves. */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const first = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0
  const second = (Math.imul(aLow, bHigh) + (first & 0xffff)) | 0
  return (Math.imul(aHigh, bHigh) + (first >>> 16) + (second >>> 16)) | 0
}
