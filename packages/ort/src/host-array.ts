import { type ElementType, elements, type HostArray } from './element.ts'

/** A cache line, and the widest vector register of today's processors. */
const alignment = 64

/**
 * Zeroed host memory for `length` elements, on an `ArrayBuffer` of its own so that the engine may keep its address
 * (small arrays made by `new Float32Array(n)` live inside V8's heap and move). Where `addressOf` is given the first
 * element lies on a 64-byte boundary, which costs at most 64 bytes.
 */
export function hostArray(type: ElementType, length: number, addressOf?: (buffer: ArrayBuffer) => bigint): HostArray {
  const { bytes, view } = elements[type]
  // Never empty: an empty buffer has no address.
  const buffer = new ArrayBuffer(Math.max(length * bytes, 1) + alignment)
  const excess = addressOf === undefined ? 0 : Number(addressOf(buffer) % BigInt(alignment))
  return new view(buffer, excess === 0 ? 0 : alignment - excess, length)
}
