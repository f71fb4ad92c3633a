// Installs and builds the workspace, each only when something has changed.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fail, inRoot, manifest, node, root, run } from './process.mjs'

/** @typedef {import('./process.mjs').RunOptions} RunOptions */

/** npm's own script is run by this Node where it is known: a `.cmd` file cannot be started without a shell. */
const npmScript = process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : undefined

/** `pnpm@10.34.8`: package.json is the one place that says which. */
const pinned = manifest.packageManager.replace(/\+.*$/, '')

/**
 * Runs a command that sees the pinned pnpm, through npm: nothing has to be installed for the whole machine.
 * @param {readonly string[]} command
 * @param {RunOptions} [options]
 */
const withPnpm = (command, options) => {
  const argv = ['exec', '--yes', '--prefer-offline', `--package=${pinned}`, '--', ...command]
  return npmScript ? run(process.execPath, [npmScript, ...argv], options) : run('npm', argv, options)
}

/**
 * @param {readonly string[]} argv
 * @param {RunOptions} [options]
 */
export const pnpm = (argv, options) => withPnpm(['pnpm', ...argv], options)

/** Where npm keeps the pinned pnpm: the first folder of the search path that it gives to a command. */
const findPnpm = async () => {
  const { output } = await withPnpm([process.execPath, '-p', '"eos-path=" + process.env.PATH'], { quiet: true })
  const folders = /^eos-path=(.*)$/m.exec(output)?.[1]?.split(path.delimiter) ?? []
  return folders.find((folder) => existsSync(path.join(folder, 'pnpm')))
}

/** Manifests of the workspace, the lock file and what else decides what is installed. */
const installInputs = () => {
  const inputs = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc'].map((file) => inRoot(file))
  for (const group of ['packages', 'apps'])
    for (const name of existsSync(inRoot(group)) ? readdirSync(inRoot(group)).sort() : [])
      inputs.push(inRoot(group, name, 'package.json'))
  return inputs.filter((file) => existsSync(file))
}

/** @typedef {{ inputs: string, pnpm: string }} Installed what the installation was made from, and the folder of pnpm */
const stamp = inRoot('node_modules', '.eos-setup')

/** @returns {Partial<Installed>} */
const installed = () => {
  try {
    return JSON.parse(readFileSync(stamp, 'utf8'))
  } catch {
    return {} // nothing, or something that an interrupted run left
  }
}

/** Installs what the lock file names; does nothing when that was done already. */
export const setUp = async () => {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const file of installInputs()) hash.update(`\0${path.relative(root, file)}\0`).update(readFileSync(file))
  const inputs = hash.digest('hex')
  const before = installed()
  if (before.inputs === inputs && before.pnpm && existsSync(before.pnpm)) return

  process.stderr.write('eos-sgd: installing dependencies ...\n')
  const { code, output } = await pnpm(['install', '--frozen-lockfile'], { quiet: true, env: { CI: 'true' } })
  if (code !== 0) {
    process.stderr.write(output)
    fail(
      output.includes('OUTDATED_LOCKFILE')
        ? 'pnpm-lock.yaml does not fit the manifests. Run `npm run pnpm -- install` and commit the lock file.'
        : 'Installing dependencies failed (see above). Check the network and the registry that npm is set to, then run the command again.',
      code,
    )
  }
  const folder = await findPnpm()
  if (!folder) fail(`npm ran ${pinned}, but does not say where it is. Install it with \`npm install -g ${pinned}\`.`)
  writeFileSync(stamp, JSON.stringify({ inputs, pnpm: folder }))
}

/**
 * Runs a task of turbo.json in every package, after `setUp`; what has not changed comes from the cache in `.turbo`.
 * Turbo starts the pnpm on its search path.
 * @param {string} task
 * @returns {Promise<boolean>} whether it succeeded
 */
export const turbo = async (task) => {
  const notice = setTimeout(() => process.stderr.write(`eos-sgd: ${task} ...\n`), 1000)
  const PATH = [installed().pnpm, process.env.PATH].join(path.delimiter)
  const argv = ['run', task, '--output-logs=errors-only', '--continue=dependencies-successful']
  const { code, output } = await node('node_modules/turbo/bin/turbo', argv, { quiet: true, env: { PATH } })
  clearTimeout(notice)
  if (code !== 0) process.stderr.write(output)
  return code === 0
}

/** Installs and builds, or ends. */
export const setUpAndBuild = async () => {
  await setUp()
  if (!(await turbo('build'))) fail('The build failed (see above).')
}

/**
 * Runs the command-line tool as the person called it, then ends with its exit code.
 * @param {readonly string[]} argv
 * @returns {Promise<never>}
 */
export const eos = async (argv) => {
  await setUpAndBuild()
  const { code } = await node('apps/bench/dist/cli.js', argv, { cwd: process.env.INIT_CWD ?? process.cwd() })
  process.exit(code)
}
