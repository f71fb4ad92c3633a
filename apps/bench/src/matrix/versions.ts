import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { cellFile } from '../entry-files.ts'

/** Packages whose code decides what a cell computes. */
const packages = [
  '@eos-sgd/graph',
  '@eos-sgd/core',
  '@eos-sgd/curvature',
  '@eos-sgd/noise',
  '@eos-sgd/optimizers',
  '@eos-sgd/models',
  '@eos-sgd/ort',
  '@eos-sgd/backend-cpu',
  'eos-sgd',
] as const

/**
 * What belongs to the identity of a cell: the engine, Node, each package's version, and a hash of their code, so that
 * a cell that older code finished is run again.
 */
export function versions(): Readonly<Record<string, string>> {
  const require = createRequire(import.meta.url)
  const manifests = packages.map((name) => require.resolve(`${name}/package.json`))
  const hash = createHash('sha256')
  for (const manifest of manifests) for (const file of codeOf(path.dirname(manifest))) hash.update(readFileSync(file))
  for (const file of reachable(cellFile)) hash.update(readFileSync(file))
  const engine = createRequire(require.resolve('@eos-sgd/ort/package.json')).resolve('onnxruntime-node/package.json')
  return {
    'eos-sgd': versionOf(manifests.at(-1) as string),
    code: hash.digest('hex').slice(0, 12),
    onnxruntime: versionOf(engine),
    node: process.versions.node,
  }
}

const versionOf = (manifest: string): string =>
  (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version

/** Built code where the bench itself runs built, else the sources. */
function codeOf(folder: string): readonly string[] {
  const built = !cellFile.endsWith('.ts')
  const base = path.join(folder, built ? 'dist' : 'src')
  if (!existsSync(base)) return []
  return readdirSync(base, { recursive: true, encoding: 'utf8' })
    .filter((file) => (built ? file.endsWith('.js') : file.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(file)))
    .sort()
    .map((file) => path.join(base, file))
}

/** A script of this package and what it imports from its own folder, directly or not, in a fixed order. */
function reachable(entry: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(entry) || !existsSync(entry)) return seen
  seen.add(entry)
  const text = readFileSync(entry, 'utf8')
  for (const [, relative] of text.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g))
    reachable(path.resolve(path.dirname(entry), relative as string), seen)
  return seen
}
