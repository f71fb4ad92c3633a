import { EosError } from '@eos-sgd/core'

/** The bytes that a text is made of, numbered from 0 in ascending order: its tokens. */
export interface ByteVocabulary {
  /** Number of different tokens. */
  readonly size: number
  /** The tokens of a text. Throws `DATA_VALUE` for a byte that is not among them. */
  encode(text: string | Uint8Array): Uint8Array
  /** The text of tokens, such as a model's predictions; bytes that are no UTF-8 become the replacement character. */
  decode(tokens: ArrayLike<number | bigint>): string
}

/** The vocabulary of the bytes that occur in a text (UTF-8 where it is a string). At most 256 tokens. */
export function byteVocabulary(text: string | Uint8Array): ByteVocabulary {
  const tokenOf = new Int16Array(256).fill(-1)
  for (const byte of bytesOf(text)) tokenOf[byte] = 0
  const bytes = Uint8Array.from(tokenOf.keys()).filter((byte) => tokenOf[byte] === 0)
  bytes.forEach((byte, token) => {
    tokenOf[byte] = token
  })
  return {
    size: bytes.length,
    encode(other) {
      const tokens = bytesOf(other).slice()
      for (let i = 0; i < tokens.length; i++) {
        const token = tokenOf[tokens[i] as number] as number
        if (token < 0)
          throw new EosError('DATA_VALUE', `Byte ${tokens[i]} at place ${i} of the text is not in the vocabulary.`, {
            hint: 'Make the vocabulary from all of the text.',
          })
        tokens[i] = token
      }
      return tokens
    },
    decode: (tokens) => new TextDecoder().decode(Uint8Array.from(tokens, (token) => bytes[Number(token)] as number)),
  }
}

const bytesOf = (text: string | Uint8Array): Uint8Array =>
  typeof text === 'string' ? new TextEncoder().encode(text) : text
