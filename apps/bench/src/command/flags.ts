import type { ArgsDef } from 'citty'
import { usageError } from './errors.ts'

const names = (name: string, alias: string | readonly string[] | undefined): string[] => [
  name,
  ...(typeof alias === 'string' ? [alias] : (alias ?? [])),
]

/** Throws for flags and words that the command does not know, and for flags that lack their value. */
export function checkFlags(raw: readonly string[], definition: ArgsDef): void {
  const values = new Set<string>()
  const switches = new Set(['help', 'h'])
  let words = 0
  for (const [name, arg] of Object.entries(definition)) {
    if (arg.type === 'positional') words++
    else if (arg.type === 'boolean') for (const known of names(name, arg.alias)) switches.add(known).add(`no-${known}`)
    else for (const known of names(name, 'alias' in arg ? arg.alias : undefined)) values.add(known)
  }
  for (let i = 0; i < raw.length; i++) {
    const word = raw[i] as string
    if (!word.startsWith('-')) {
      if (words-- <= 0) throw usageError(`Unexpected argument "${word}".`, 'Run the command with --help.')
      continue
    }
    const [flag = ''] = word.replace(/^--?/, '').split('=', 1)
    if (switches.has(flag)) continue
    if (!values.has(flag)) throw usageError(`Unknown option ${word.split('=', 1)[0]}.`, 'Run the command with --help.')
    if (word.includes('=')) continue
    i++
    if (i >= raw.length || /^--?[a-z]/i.test(raw[i] as string)) throw usageError(`Option ${word} needs a value.`)
  }
}

/** A comma-separated list without empty entries. */
export const list = (text: string | undefined): readonly string[] | undefined =>
  text
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** A whole number of at least `least`. */
export function wholeNumber(flag: string, text: string, least = 1): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
    throw usageError(`${flag} must be a whole number of at least ${least}, got "${text}".`)
  return value
}

/** A positive number. */
export function positiveNumber(flag: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0 && Number.isFinite(value)))
    throw usageError(`${flag} must be a positive number, got "${text}".`)
  return value
}

/** Seeds: a number of them (`3` is 0, 1, 2) or a list (`0,4,7`). */
export function seedList(text: string): readonly number[] {
  if (!text.includes(',')) return Array.from({ length: wholeNumber('--seeds', text) }, (_, seed) => seed)
  const seeds = (list(text) ?? []).map((seed) => wholeNumber('--seeds', seed, 0))
  if (new Set(seeds).size !== seeds.length) throw usageError(`--seeds names a seed twice: "${text}".`)
  return seeds
}
