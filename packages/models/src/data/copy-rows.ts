import type { HostArray } from '@eos-sgd/core'

/** Copies `rows` consecutive samples, from sample `from` on, to sample `to` on of an array of a batch. */
export type RowCopier = (out: HostArray, to: number, from: number, rows: number) => void

/** From this many numbers on, a block copy beats a loop. */
const blockCopy = 24

/**
 * The copier of a field: straight from the source's memory to the batch's, converting on the way, with nothing
 * allocated but views. Bytes become floats through a table of 256 values (of `byte`, or of the bytes themselves).
 *
 * Measured, batches of 128 random rows of 784 numbers, median of 1,200 on a quiet machine: bytes through the table 220
 * microseconds (600 in the first batches, before the engine has compiled the loop), floats 90 (270).
 */
export function copierOf(source: HostArray, width: number, byte?: (byte: number) => number): RowCopier {
  if (source instanceof Uint8Array) {
    const table = Float32Array.from({ length: 256 }, (_, value) => (byte ? byte(value) : value))
    const words = wordsOf()
    return (out, to, from, rows) => {
      if (out instanceof Float32Array) lookUp(out, to * width, source, from * width, rows * width, table)
      else copyWords(words(out), to * width, source, from * width, rows * width)
    }
  }
  if (source instanceof BigInt64Array) {
    const words = wordsOf()
    const from32 = words(source)
    return (out, to, from, rows) => copyNumbers(words(out), 2 * to * width, from32, 2 * from * width, 2 * rows * width)
  }
  const words = wordsOf()
  return (out, to, from, rows) => {
    const [start, count] = [from * width, rows * width]
    if (out instanceof BigInt64Array) copyWords(words(out), to * width, source, start, count)
    else if (count >= blockCopy) out.set(source.subarray(start, start + count), to * width)
    else copyNumbers(out, to * width, source, start, count)
  }
}

type Numbers = Exclude<HostArray, BigInt64Array>

function copyNumbers(out: Numbers, to: number, source: Numbers, from: number, count: number): void {
  for (let i = 0; i < count; i++) out[to + i] = source[from + i] as number
}

/** Whole numbers from 0 to 2^31 - 1 as little-endian int64, without a bigint for each. */
function copyWords(out: Int32Array, to: number, source: Numbers, from: number, count: number): void {
  for (let i = 0; i < count; i++) {
    out[2 * (to + i)] = source[from + i] as number
    out[2 * (to + i) + 1] = 0
  }
}

/** Four at a time: a third faster than one. */
function lookUp(
  out: Float32Array,
  to: number,
  source: Uint8Array,
  from: number,
  count: number,
  table: Float32Array,
): void {
  const whole = count - (count % 4)
  for (let i = 0; i < whole; i += 4) {
    out[to + i] = table[source[from + i] as number] as number
    out[to + i + 1] = table[source[from + i + 1] as number] as number
    out[to + i + 2] = table[source[from + i + 2] as number] as number
    out[to + i + 3] = table[source[from + i + 3] as number] as number
  }
  for (let i = whole; i < count; i++) out[to + i] = table[source[from + i] as number] as number
}

/** The 32-bit halves of an array of int64; the view of the last array is kept. */
function wordsOf(): (array: HostArray) => Int32Array {
  let last: HostArray | undefined
  let view: Int32Array = new Int32Array(0)
  return (array) => {
    if (array !== last) {
      last = array
      view = new Int32Array(array.buffer, array.byteOffset, array.byteLength / 4)
    }
    return view
  }
}
