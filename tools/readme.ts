import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'

/** Packages by the name that an example imports them by. */
export type Packages = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** The blocks of a Markdown file that begin with ```` ```ts ````, in order. */
export const examples = (file: string | URL): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code as string)

/**
 * Runs an example as a program of its own, with imports from the packages given, and returns the lines that it prints.
 * Examples are written without type annotations, so that what a reader copies runs as JavaScript too.
 */
export async function runExample(code: string, packages: Packages): Promise<string[]> {
  const lines: string[] = []
  const console = {
    log: (...values: unknown[]) =>
      lines.push(
        values
          .map((v) => (typeof v === 'string' ? v : inspect(v, { breakLength: Number.POSITIVE_INFINITY })))
          .join(' '),
      ),
  }
  const body = code.replace(/^import \{([^}]*)\} from '([^']+)'$/gm, (_, names: string, from: string) => {
    const absent = names.split(',').filter((name) => name.trim() !== '' && !(name.trim() in (packages[from] ?? {})))
    if (absent.length > 0)
      throw new Error(`The example imports ${absent.join(', ')} from ${from}, which has no such export.`)
    return `const {${names}} = packages['${from}']`
  })
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor
  await (AsyncFunction('packages', 'console', body) as unknown as (...values: unknown[]) => Promise<void>)(
    packages,
    console,
  )
  return lines
}
