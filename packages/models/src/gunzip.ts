import { EosError } from '@eos-sgd/core'

/** True for bytes that begin as gzip does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Unpacks gzip, in Node and browsers. Throws `DATASET_CORRUPT`, naming the file, when it is damaged or cut short. */
export async function gunzip(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  try {
    const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream()
    return new Uint8Array(await new Response(packed.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer())
  } catch (cause) {
    throw new EosError('DATASET_CORRUPT', `${file} is not whole: its gzip data cannot be unpacked.`, {
      hint: 'Delete it and fetch the data set again.',
      cause,
    })
  }
}
