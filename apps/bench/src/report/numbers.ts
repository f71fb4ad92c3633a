/** A number with so many significant digits, without an exponent where that is readable. */
export function significant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  if (magnitude < -4 || magnitude > 6) return value.toExponential(digits - 1).replace('e+', 'e')
  return value.toFixed(Math.max(0, digits - 1 - magnitude))
}

/** A validation loss: four decimals below one, four digits above. */
export function lossText(value: number | null): string {
  if (value === null) return 'not finite'
  if (value >= 1e4) return value.toExponential(1).replace('e+', 'e')
  return value < 1 ? value.toFixed(4) : significant(value, 4)
}

/** A signed difference of losses. */
export const differenceText = (value: number | null): string =>
  value === null ? 'infinite' : `${value < 0 ? '−' : '+'}${lossText(Math.abs(value))}`

/** `97.3 %`. */
export const percent = (value: number | null, digits = 1): string =>
  value === null ? '–' : `${(100 * value).toFixed(digits)} %`

/** Seconds with two decimals below ten. */
export const secondsText = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(1))
