import { EosError } from '@eos-sgd/core'
import { readAsset } from './asset.ts'
import { arrays } from './data/arrays.ts'
import { type DataSplits, holdOut } from './data/splits.ts'
import { standardise } from './data/standardise.ts'
import { tableOf } from './data/table.ts'
import { gunzip } from './gunzip.ts'

const file = 'diabetes.csv.gz'
const samples = 442
const measurements = 10
const name = 'diabetes'
const parts = { validation: 80, test: 80, seed: 0, by: 'y' } as const

/**
 * The diabetes table that the package carries: 442 patients, `x` of shape [10] (age, sex, body mass index, blood
 * pressure, six serum measurements) and `y` (disease progression a year later), each with mean 0 and variance 1 over the
 * training samples. Split once and for all with seed 0, in proportion along `y`: 282 to train on, 80 for validation, 80
 * kept for the final number. So little data that a network over-fits it within a second.
 *
 * Source: Efron, Hastie, Johnstone and Tibshirani, "Least Angle Regression", Annals of Statistics 32, 2004, as packed by
 * scikit-learn (BSD-3-Clause); see `data/LICENCE-diabetes.txt`. Cost: 10 ms. Throws `ASSET`, `DATASET_CORRUPT`.
 */
export async function diabetes(): Promise<DataSplits> {
  const packed = await readAsset(new URL(`../data/${file}`, import.meta.url))
  const { x, y } = parse(new TextDecoder().decode(await gunzip(packed, file)))
  // Standardising keeps the order of y, and the split depends on nothing else: these are the rows that are trained on.
  const { train } = holdOut(arrays({ y }, { name }), parts)
  const rows = tableOf(train).indices as Uint32Array
  const scaled = { x: standardise(x, measurements, rows), y: standardise(y, 1, rows) }
  return holdOut(arrays(scaled, { name, shapes: { x: [measurements], y: [] } }), parts)
}

/** 11 numbers a line: ten measurements and the target. */
function parse(text: string): { readonly x: Float64Array; readonly y: Float64Array } {
  const [x, y] = [new Float64Array(samples * measurements), new Float64Array(samples)]
  const lines = text.trimEnd().split('\n')
  lines.forEach((line, row) => {
    const values = line.split(',').map(Number)
    if (lines.length !== samples || values.length !== measurements + 1 || values.some((value) => !(value > 0)))
      throw new EosError('DATASET_CORRUPT', `${file} is damaged: line ${row + 1} of ${lines.length}.`, {
        hint: 'Install the package again.',
      })
    y[row] = values.pop() as number
    x.set(values, row * measurements)
  })
  return { x, y }
}
