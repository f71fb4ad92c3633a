import { EosError } from '@eos-sgd/graph'

/**
 * The text of a host state. Throws `NOT_JSON`, naming the place, for what would come back as something else: NaN,
 * infinities, undefined in an array, class instances, functions, big integers.
 */
export function stringifyJson(value: unknown): string {
  checkJson(value, 'manifest')
  return JSON.stringify(value)
}

function checkJson(value: unknown, where: string): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return
  if (typeof value === 'number' && Number.isFinite(value)) return
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) checkJson(item, `${where}[${i}]`)
    return
  }
  if (typeof value === 'object' && isPlain(value)) {
    // A property that is undefined is a property that is not there.
    for (const [key, item] of Object.entries(value)) if (item !== undefined) checkJson(item, `${where}.${key}`)
    return
  }
  throw new EosError('NOT_JSON', `A checkpoint cannot hold ${describe(value)} at ${where}.`, {
    hint: 'Host state is JSON; write null for a number that may be missing.',
  })
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const describe = (value: unknown): string =>
  typeof value === 'object'
    ? `an instance of ${value?.constructor?.name ?? 'a class'}`
    : `${typeof value} ${String(value)}`
