import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const source = import.meta.dirname

/** The files that an entry reaches by relative imports. */
function reached(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  for (const [, target] of readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g))
    reached(path.resolve(path.dirname(file), target as string), found)
  return found
}

describe('the main entry', () => {
  it('imports nothing of Node, so that it runs in browsers', () => {
    const files = reached(path.join(source, 'index.ts'))
    expect(files.size).toBeGreaterThan(10)
    for (const file of files) expect(readFileSync(file, 'utf8'), file).not.toMatch(/from 'node:|\/node'|\bBuffer\b/)
  })

  it('leaves only what needs Node to the other entry', () => {
    const both = new Set([...reached(path.join(source, 'index.ts')), ...reached(path.join(source, 'node.ts'))])
    const all = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /(?<!\.test|fixtures)\.ts$/.test(name),
    )
    expect(all.map((name) => path.join(source, name)).filter((file) => !both.has(file))).toEqual([])
  })
})
