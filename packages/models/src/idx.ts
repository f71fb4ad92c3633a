import { EosError } from '@eos-sgd/core'
import { type Shape, sizeOf } from '@eos-sgd/graph'

/** Bytes with their shape, samples first. */
export interface IdxArray {
  readonly shape: Shape
  readonly data: Uint8Array
}

const unsignedByte = 8

/**
 * Reads the IDX format of the MNIST family: two zero bytes, the element type (8, unsigned byte, is the one supported),
 * the number of dimensions, each dimension as a big-endian 32-bit number, then the elements, row-major. The length must
 * be exact. Throws `DATASET_CORRUPT`, naming the file. The data are a view, not a copy.
 * Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", file formats.
 */
export function parseIdx(bytes: Uint8Array, file: string): IdxArray {
  const corrupt = (what: string): EosError =>
    new EosError('DATASET_CORRUPT', `${file} ${what}.`, { hint: 'Delete it and fetch the data set again.' })
  if (bytes.length < 4) throw corrupt(`is cut short: ${bytes.length} bytes hold no IDX header`)
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    const magic = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    throw corrupt(`is not an IDX file: it begins with ${magic} instead of 00 00`)
  }
  if (bytes[2] !== unsignedByte)
    throw corrupt(`holds elements of IDX type ${bytes[2]}; only unsigned bytes (8) are read`)
  const rank = bytes[3] as number
  const header = 4 + 4 * rank
  if (rank === 0 || bytes.length < header)
    throw corrupt(`is cut short: ${bytes.length} bytes hold no IDX header of ${rank} dimensions`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  const [expected, found] = [sizeOf(shape), bytes.length - header]
  if (found < expected)
    throw corrupt(`is cut short: [${shape.join(', ')}] needs ${expected} bytes of data, it has ${found}`)
  if (found > expected) throw corrupt(`has ${found - expected} bytes too many after its [${shape.join(', ')}] elements`)
  return { shape, data: bytes.subarray(header) }
}
