import { EosError, type HostArray } from '@eos-sgd/core'

/** Values of one field and what they must be. */
export interface Checked {
  readonly name: string
  readonly source: HostArray
  /** Numbers per sample. */
  readonly width: number
  readonly labels: boolean
  readonly classes: number | 'infer' | undefined
  /** Index of the first sample, for messages. */
  readonly first?: number
}

/**
 * Throws `DATA_VALUE` for a number that is not finite in float32, and `DATA_LABEL` for a label that is not a class.
 * Returns the largest label. Values of integer arrays need no check unless they are labels.
 */
export function checkColumn({ name, source, width, labels, classes, first = 0 }: Checked): number {
  const where = (i: number): string => {
    const sample = first + Math.floor(i / width)
    return width === 1 ? `Sample ${sample} of "${name}"` : `Sample ${sample} of "${name}", element ${i % width},`
  }
  if (labels) return checkLabels(source, classes, where)
  if (source instanceof Float32Array || source instanceof Float64Array) {
    for (let i = 0; i < source.length; i++) {
      const value = source[i] as number
      if (Number.isFinite(Math.fround(value))) continue
      const what = Number.isFinite(value) ? `${value}, too large for float32` : `${value}`
      throw new EosError('DATA_VALUE', `${where(i)} is ${what}.`, {
        hint: 'Remove or replace such values before training.',
      })
    }
  }
  return 0
}

function checkLabels(source: HostArray, classes: number | 'infer' | undefined, where: (i: number) => string): number {
  const limit = typeof classes === 'number' ? classes : Number.POSITIVE_INFINITY
  let largest = 0
  for (let i = 0; i < source.length; i++) {
    const label = Number(source[i])
    if (Number.isSafeInteger(label) && label >= 0 && label < limit) {
      largest = Math.max(largest, label)
      continue
    }
    const allowed = Number.isFinite(limit) ? `0 to ${limit - 1}` : '0 upwards'
    const hint =
      Number.isInteger(label) && label === limit
        ? 'Labels count from 0; or give the number of classes.'
        : 'Number the classes from 0.'
    throw new EosError('DATA_LABEL', `${where(i)} is the label ${label}; labels are whole numbers from ${allowed}.`, {
      hint,
    })
  }
  return largest
}
