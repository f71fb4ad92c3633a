/** `1 run`, `3 runs`. */
export const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`

/** `a`, `a and b`, `a, b and c`. */
export const sentence = (items: readonly string[]): string =>
  items.length <= 1 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`

/** The first items in a sentence, and how many more there are. */
export const named = (items: readonly string[], most: number): string =>
  items.length <= most ? sentence(items) : `${items.slice(0, most).join(', ')} and ${items.length - most} more`
