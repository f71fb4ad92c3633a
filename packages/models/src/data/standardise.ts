/**
 * Columns of a table with mean 0 and variance 1 over the rows given: `(x - mean)/sd`, population variance in float64.
 * `values` hold `width` numbers a row. A column that is constant over those rows becomes 0 there.
 */
export function standardise(values: Float64Array, width: number, rows: ArrayLike<number>): Float32Array {
  const out = new Float32Array(values.length)
  const over = (column: number, term: (value: number) => number): number => {
    let sum = 0
    for (let i = 0; i < rows.length; i++) sum += term(values[(rows[i] as number) * width + column] as number)
    return sum / rows.length
  }
  for (let column = 0; column < width; column++) {
    const mean = over(column, (value) => value)
    const deviation = Math.sqrt(over(column, (value) => (value - mean) ** 2)) || 1
    for (let at = column; at < values.length; at += width) out[at] = ((values[at] as number) - mean) / deviation
  }
  return out
}
