import { EosError } from '@eos-sgd/core'

/** Throws `OPTION` unless the value lies in [0, 1). */
export function fraction(owner: string, option: string, value: number): void {
  if (!(value >= 0 && value < 1)) refuse(owner, option, value, 'must lie in [0, 1)')
}

/** Throws `OPTION` unless the value lies in [0, 1]. */
export function share(owner: string, option: string, value: number): void {
  if (!(value >= 0 && value <= 1)) refuse(owner, option, value, 'must lie in [0, 1]')
}

/** Throws `OPTION` unless the value is above 0; infinity is allowed. */
export function positive(owner: string, option: string, value: number): void {
  if (!(value > 0)) refuse(owner, option, value, 'must be above 0')
}

/** Throws `OPTION` unless the value is 0 or above; infinity is allowed. */
export function notNegative(owner: string, option: string, value: number): void {
  if (!(value >= 0)) refuse(owner, option, value, 'must not be negative')
}

/** Throws `OPTION` unless the value is a whole number from `least` to `most`. */
export function whole(owner: string, option: string, value: number, least = 1, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `from ${least} to ${most}`
  refuse(owner, option, value, `must be a whole number, ${range}`)
}

function refuse(owner: string, option: string, value: number, rule: string): never {
  throw new EosError('OPTION', `${owner}: option "${option}" ${rule}, got ${value}.`, {
    hint: 'Leave it out for the default.',
  })
}
