import { existsSync } from 'node:fs'
import { defineConfig } from 'tsup'

/** What a package may say about its own build. */
interface PackageBuild {
  /** Entry files in `src/`, without the ending; a missing one is left out, and publint tells when it was promised. */
  readonly entries?: readonly string[]
  /** Runs in browsers too: importing a Node built-in fails the build. */
  readonly portable?: boolean
}

/** The one tsup configuration of the workspace: ESM and its declarations for Node 20 and current browsers. */
export const packageBuild = ({ entries = ['index', 'testkit'], portable = false }: PackageBuild = {}) =>
  defineConfig({
    entry: entries.map((name) => `src/${name}.ts`).filter((file) => existsSync(file)),
    format: 'esm',
    target: 'es2022',
    platform: portable ? 'neutral' : 'node',
    removeNodeProtocol: false,
    // Declarations are made against what the other packages publish, not against their sources.
    dts: { compilerOptions: { customConditions: [] } },
    sourcemap: true,
    clean: true,
    silent: true,
  })
