import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig, type Options } from 'tsup'

/** What a package may say about its own build. */
interface PackageBuild {
  /** Entry files in `src/`, without the ending; a missing one is left out, and publint tells when it was promised. */
  readonly entries?: readonly string[]
  /** Runs in browsers too: importing a Node built-in fails the build. */
  readonly portable?: boolean
  /** The folder and entry in `src/` of a portable package that may import Node built-ins all the same. */
  readonly node?: string
}

/** The one tsup configuration of the workspace: ESM and its declarations for Node 20 and current browsers. */
export const packageBuild = ({ entries = ['index', 'testkit'], portable = false, node }: PackageBuild = {}) =>
  defineConfig({
    entry: [...entries, ...(node === undefined ? [] : [node])]
      .map((name) => `src/${name}.ts`)
      .filter((file) => existsSync(file)),
    format: 'esm',
    target: 'es2022',
    platform: portable ? 'neutral' : 'node',
    removeNodeProtocol: false,
    esbuildPlugins: node === undefined ? [] : [nodeBuiltins(resolve('src', node))],
    // Declarations are made against what the other packages publish, not against their sources.
    dts: { compilerOptions: { customConditions: [] } },
    sourcemap: true,
    clean: true,
    silent: true,
  })

/** Leaves Node built-ins to the runtime where they are imported from the given folder or entry. */
const nodeBuiltins = (place: string): NonNullable<Options['esbuildPlugins']>[number] => ({
  name: 'node-builtins',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^node:/ }, ({ path, importer }) =>
      importer === `${place}.ts` || importer.startsWith(`${place}/`) ? { path, external: true } : undefined,
    ),
})
