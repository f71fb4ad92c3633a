import { EosError } from '@eos-sgd/core'
import { readAsset } from './asset.ts'
import { arrays } from './data/arrays.ts'
import { type DataSplits, holdOut } from './data/splits.ts'
import { gunzip } from './gunzip.ts'

const file = 'digits.csv.gz'
const samples = 1797
const pixels = 64

/**
 * The UCI handwritten digits that the package carries: 1,797 real grey images, 8 x 8, `x` of shape [8, 8] in [0, 1]
 * (value / 16), `label` 0 to 9, 174 to 183 of each. Split once and for all, stratified, with seed 0: 1,297 to train on,
 * 250 for validation, 250 kept for the final number.
 *
 * Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998 (CC BY 4.0), the test set as
 * packed by scikit-learn (BSD-3-Clause); see `data/LICENCE-digits.txt`. Cost: 20 ms. Throws `ASSET`, `DATASET_CORRUPT`.
 */
export async function digits(): Promise<DataSplits> {
  const packed = await readAsset(new URL(`../data/${file}`, import.meta.url))
  const { x, label } = parse(new TextDecoder().decode(await gunzip(packed, file)))
  const all = arrays(
    { x, label },
    { name: 'digits', shapes: { x: [8, 8] }, classes: 10, bytes: { x: (byte) => byte / 16 } },
  )
  return holdOut(all, { validation: 250, test: 250, seed: 0 })
}

/** 65 whole numbers a line: 64 pixels and the label. */
function parse(text: string): { readonly x: Uint8Array; readonly label: Uint8Array } {
  const [x, label] = [new Uint8Array(samples * pixels), new Uint8Array(samples)]
  const lines = text.trimEnd().split('\n')
  lines.forEach((line, row) => {
    const values = line.split(',').map(Number)
    if (
      lines.length !== samples ||
      values.length !== pixels + 1 ||
      values.some((value) => !(value >= 0 && value <= 16))
    )
      throw new EosError('DATASET_CORRUPT', `${file} is damaged: line ${row + 1} of ${lines.length}.`, {
        hint: 'Install the package again.',
      })
    label[row] = values.pop() as number
    x.set(values, row * pixels)
  })
  return { x, label }
}
