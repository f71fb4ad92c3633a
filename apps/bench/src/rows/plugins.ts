import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { EosError } from '@eos-sgd/core'
import { lanczos, powerIteration, realisedEdge, secant } from '@eos-sgd/curvature'
import { movingAverage, temperature, twoHalves } from '@eos-sgd/noise'
import {
  adamDirection,
  contact,
  exponentialAverage,
  gainBoundary,
  heavyBall,
  lambDirection,
  last,
  nesterov,
  orthogonalisedMomentum,
  polynomialAverage,
  qhAdamDirection,
  track,
} from '@eos-sgd/optimizers'
import { unknownName, usageError } from '../command/errors.ts'
import type { PartNames } from '../matrix/spec.ts'

export type PluginKind = keyof PartNames

/** Built-in plugins by kind and name, at their defaults. */
const builtIn: Readonly<Record<PluginKind, Readonly<Record<string, () => object>>>> = {
  direction: {
    orthogonalisedMomentum,
    adam: adamDirection,
    heavyBall,
    nesterov,
    lamb: lambDirection,
    qhAdam: qhAdamDirection,
  },
  rate: { contact, track: () => track({ boundary: gainBoundary() }) },
  curvature: { powerIteration, lanczos, realisedEdge, secant },
  noise: { temperature, movingAverage, twoHalves },
  readout: { polynomialAverage, exponentialAverage, last },
}

/** The method by which a plugin of a kind is known. */
const method: Readonly<Record<PluginKind, string>> = {
  direction: 'direction',
  rate: 'step',
  curvature: 'estimate',
  noise: 'update',
  readout: 'weight',
}

export const pluginKinds = Object.keys(builtIn) as readonly PluginKind[]
const builtInPlugins = (kind: PluginKind): readonly string[] => Object.keys(builtIn[kind])

/**
 * A plugin by the name of a built-in one, by package name, or by path (`./my-estimator.js`); packages are looked up
 * from `folder`. The module's default export, or its only export that fits, is the plugin or a function that makes it.
 */
export async function loadPlugin(kind: PluginKind, name: string, folder: string = process.cwd()): Promise<object> {
  const make = builtIn[kind][name]
  if (make) return make()
  const file = locatePlugin(name, folder)
  if (file === undefined) {
    const known = unknownName(`${kind} plugin`, name, builtInPlugins(kind))
    throw usageError(
      known.message.replace(/^\[eos\] /, ''),
      `Or the name of a package that is installed in ${folder}, or a path that begins with a dot.`,
    )
  }
  let module: Readonly<Record<string, unknown>>
  try {
    module = await import(pathToFileURL(file).href)
  } catch (error) {
    throw new EosError(
      'PLUGIN',
      `Cannot load the ${kind} plugin ${name}: ${error instanceof Error ? error.message : String(error)}.`,
      { cause: error },
    )
  }
  const candidates = [module['default'], ...Object.values(module)]
  for (const candidate of candidates) {
    const plugin = fits(kind, candidate)
      ? candidate
      : typeof candidate === 'function'
        ? made(candidate as () => unknown)
        : undefined
    if (fits(kind, plugin)) return plugin
  }
  throw new EosError('PLUGIN', `${name} exports no ${kind} plugin: nothing in it has the method ${method[kind]}.`, {
    hint: 'Export the plugin, or a function without arguments that makes it, as the default export.',
  })
}

const fits = (kind: PluginKind, value: unknown): value is object =>
  typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[method[kind]] === 'function'

function made(make: () => unknown): unknown {
  try {
    return make()
  } catch {
    return undefined
  }
}

/** The file that `import` would load; `undefined` where there is none. */
function locatePlugin(name: string, folder: string): string | undefined {
  if (name.startsWith('.') || path.isAbsolute(name)) {
    const file = path.resolve(folder, name)
    return existsSync(file) ? file : undefined
  }
  const [scope = '', ...rest] = name.split('/')
  const packageName = scope.startsWith('@') ? `${scope}/${rest.shift() ?? ''}` : scope
  const entry = rest.length === 0 ? '.' : `./${rest.join('/')}`
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const candidate = path.join(at, 'node_modules', packageName)
    if (existsSync(path.join(candidate, 'package.json'))) return entryFile(candidate, entry)
    if (path.dirname(at) === at) return undefined
  }
}

type Exports = string | null | { readonly [condition: string]: Exports }

function entryFile(folder: string, entry: string): string | undefined {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    exports?: Exports
    main?: string
  }
  const { exports } = manifest
  const listed = typeof exports === 'object' && exports !== null && '.' in exports
  const target = listed ? condition(exports[entry]) : entry === '.' ? condition(exports) : undefined
  const file = path.join(folder, target ?? (entry === '.' ? (manifest.main ?? 'index.js') : entry))
  return existsSync(file) ? file : undefined
}

function condition(exports: Exports | undefined): string | undefined {
  if (typeof exports === 'string') return exports
  for (const [name, value] of Object.entries(exports ?? {}))
    if (['node', 'import', 'module-sync', 'default'].includes(name)) {
      const found = condition(value)
      if (found !== undefined) return found
    }
  return undefined
}

/** What identifies the code of a plugin from outside: its version, or the text of its file. */
export function pluginVersion(name: string, folder: string = process.cwd()): string | undefined {
  const file = locatePlugin(name, folder)
  return file === undefined ? undefined : readFileSync(file, 'utf8')
}
