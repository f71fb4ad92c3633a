import { type TestApi, testDataset } from '@eos-sgd/core/testkit'
import { describe, expect, it } from 'vitest'
import { byteVocabulary } from './data/byte-vocabulary.ts'
import { batchArrays, batchesOf, valuesOf } from './data/fixtures.ts'
import { textSplits, textWindows } from './data/text-windows.ts'
import { mobyDick } from './moby-dick.ts'
import { textGptTiny } from './workloads/text-gpt-tiny.ts'

const kit: TestApi = { describe, it, expect }
const rhyme = 'the north wind doth blow, and we shall have snow'
testDataset(kit, () => textWindows(rhyme, { context: 5 }))
testDataset(kit, () => textWindows(rhyme, { context: 6, stride: 2 }))
testDataset(kit, () => textSplits(rhyme.repeat(20), { context: 8, windows: 11 }).validation)

describe('byteVocabulary', () => {
  it('numbers the bytes that occur, and gives the text back', () => {
    const { size, encode, decode } = byteVocabulary('cabbage')
    expect(size).toBe(5)
    expect([...encode('face'.replace('f', 'g'))]).toEqual([4, 0, 2, 3])
    expect(decode(encode('cabbage'))).toBe('cabbage')
    expect(decode(BigInt64Array.of(1n, 0n))).toBe('ba')
  })

  it('holds the bytes of letters beyond ASCII, and refuses those that it lacks', () => {
    const vocabulary = byteVocabulary('déjà vu')
    expect(vocabulary.decode(vocabulary.encode('déjà vu'))).toBe('déjà vu')
    expect(() => vocabulary.encode('jazz')).toThrow('Byte 97 at place 1 of the text is not in the vocabulary')
  })
})

describe('textWindows', () => {
  it('follow one another, with the bytes one later for labels', async () => {
    const data = textWindows('abcdefgh', { context: 3 })
    expect(data.size).toBe(2)
    const tokens = { shape: [3], dtype: 'int64', classes: 8 }
    expect(data.fields).toEqual({ x: tokens, label: tokens })
    expect(await batchesOf(data, { batch: 2 })).toEqual([{ x: [0, 1, 2, 3, 4, 5], label: [1, 2, 3, 4, 5, 6] }])
  })

  it('overlap with a stride, up to the last that a byte follows', async () => {
    const data = textWindows(new TextEncoder().encode('abcdefgh'), { context: 3, stride: 2 })
    expect(await valuesOf(data, 'label')).toEqual([1, 2, 3, 3, 4, 5, 5, 6, 7])
    expect(textWindows('abcd', { context: 3 }).size).toBe(1)
  })

  it('refuse a text that is too short, and sizes that are none', () => {
    expect(() => textWindows('abc', { context: 3 })).toThrow('"text" has 3 tokens, too few for a window of 3')
    expect(() => textWindows('abcd', { context: 2, stride: 0 })).toThrow(
      'The stride of "text" must be a positive whole',
    )
    expect(() => textWindows('abcd', { context: 1.5 })).toThrow('The context of')
  })
})

describe('textSplits', () => {
  const text = Array.from({ length: 1000 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('')

  it('trains on the beginning, holds out the end, and shares nothing between', async () => {
    const marked = `${'a'.repeat(899)}bd${'c'.repeat(49)}${'e'.repeat(50)}`
    const { train, validation, test, vocabulary } = textSplits(marked, { context: 8, windows: 5 })
    const letters = async (of: typeof train): Promise<string> => {
      const tokens = [...(await valuesOf(of, 'x')), ...(await valuesOf(of, 'label'))]
      return [...new Set(vocabulary.decode(tokens))].sort().join('')
    }
    expect([await letters(train), await letters(validation), await letters(test)]).toEqual(['ab', 'cd', 'e'])
    expect([train.name, validation.name, test.name]).toEqual(['text train', 'text validation', 'text test'])
    expect(train.fields).toEqual(test.fields)
  })

  it('spaces the held-out windows evenly, as many as asked for', async () => {
    for (const windows of [1, 2, 7, 21]) {
      const { validation, train } = textSplits(text, { context: 8, heldOut: 0.2, windows, stride: 3 })
      expect(validation.size).toBe(windows)
      expect(train.size).toBe(Math.floor((800 - 9) / 3) + 1)
    }
    const firsts = (await valuesOf(textSplits(text, { context: 8, heldOut: 0.2, windows: 3 }).validation, 'x')).filter(
      (_, i) => i % 8 === 0,
    )
    expect(firsts.map((token) => (token - (800 % 26) + 26) % 26)).toEqual([0, 45 % 26, 90 % 26])
  })

  it('refuses a part that is too short for its windows', () => {
    expect(() => textSplits(text, { context: 64 })).toThrow(
      'The validation part of "text", 50 bytes, has no 128 windows',
    )
  })
})

describe('mobyDick', async () => {
  const { train, validation, test, vocabulary } = await mobyDick({ context: 64 })

  it('has the text that its licence names, nine tenths to train on', () => {
    expect(vocabulary.size).toBe(85)
    expect([train.size, validation.size, test.size]).toEqual([135_555, 128, 128])
    const firsts = [train, validation, test].map((part) => {
      const batch = batchArrays(part, 1)
      part.read({ batch: 1, seed: null, epoch: 0, position: 0 }).next(batch)
      return vocabulary.decode(batch['x'] ?? [])
    })
    expect(firsts).toMatchInlineSnapshot(`
      [
        "CHAPTER 1. Loomings.

      Call me Ishmael. Some years ago—never mi",
        "t accidents like this have in more than
      one case occurred to shi",
        "these were broken again by the light toes of hundreds of gay fow",
      ]
    `)
  })

  it('fits its workload', () => {
    expect(train.fields).toEqual(textGptTiny.task.fields)
  })
})
