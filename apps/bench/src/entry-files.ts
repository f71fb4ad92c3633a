import { fileURLToPath } from 'node:url'

// This file lies in src/, and is bundled into dist/: the same relative paths hold in both.
const here = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** The script that runs one cell in a process of its own. */
export const cellFile = here(import.meta.url.endsWith('.ts') ? './cell.ts' : './cell.js')

/** The folder of this package, in which the tuned rates lie. */
export const packageFolder = here('..')
