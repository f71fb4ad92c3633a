// What the scripts beside this file share. Only Node built-ins: it runs before anything is installed.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
/** What the person asked for: the arguments after the script's name. */
export const args = process.argv.slice(2)

const inRoot = (/** @type {string[]} */ ...parts) => path.join(root, ...parts)
const manifest = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))

/**
 * Ends with one line that a person can act on.
 * @param {string} message what is wrong, where, and what to do
 * @param {number} [code]
 * @returns {never}
 */
export const fail = (message, code = 1) => {
  process.stderr.write(`eos-sgd: ${message}\n`)
  process.exit(code)
}

/**
 * Whether a version such as `22.4.0` is at least `20.19`.
 * @param {string} version
 * @param {string} least
 */
export const isAtLeast = (version, least) => {
  const parts = (/** @type {string} */ text) =>
    text
      .replace(/^[^\d]*/, '')
      .split('.')
      .map(Number)
  const have = parts(version)
  for (const [i, need] of parts(least).entries()) if (have[i] !== need) return (have[i] ?? 0) > need
  return true
}

if (!isAtLeast(process.versions.node, manifest.engines.node))
  fail(
    `Node ${process.versions.node} (${process.execPath}) is too old, this needs Node ${manifest.engines.node}. ` +
      'Install a current Node, then run the command again.',
  )

const telemetryOff = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }

/**
 * @typedef {object} RunOptions
 * @property {boolean} [quiet] standard output and error are collected, not shown
 * @property {boolean} [toStderr] standard output goes to standard error
 * @property {string} [cwd] default: the repository
 * @property {Record<string, string>} [env] added to the environment
 */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()
/** @type {NodeJS.Signals | undefined} */
let stoppedBy

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => {
    stoppedBy = signal
    // The terminal sends Ctrl-C to the children too; a second one would end them before they have cleaned up.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    for (const child of running) child.kill(signal)
    if (running.size === 0) process.exit(128 + constants.signals[signal])
  })

/**
 * Runs a command to its end, with its exit code (128 + n when signal n ended it). When this process was told to stop
 * meanwhile, it stops as soon as the command has.
 * @param {string} command
 * @param {readonly string[]} argv
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export const run = (command, argv, { quiet = false, toStderr = false, cwd = root, env = {} } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, argv, {
      cwd,
      env: { ...process.env, ...telemetryOff, ...env },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['inherit', toStderr ? 2 : 'inherit', 'inherit'],
      windowsHide: true,
    })
    running.add(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    child.on('error', (error) => fail(`Cannot run ${command}: ${error.message}.`))
    child.on('close', (code, signal) => {
      running.delete(child)
      if (stoppedBy) process.exit(128 + constants.signals[stoppedBy])
      resolve({ code: code ?? 128 + constants.signals[signal ?? 'SIGTERM'], output })
    })
  })

/**
 * Runs a script of an installed package with this Node.
 * @param {string} file relative to the repository
 * @param {readonly string[]} argv
 * @param {RunOptions} [options]
 */
export const node = (file, argv, options) => run(process.execPath, [inRoot(file), ...argv], options)

/** npm's own script is run by this Node where it is known: a `.cmd` file cannot be started without a shell. */
const npmScript = process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : undefined

/**
 * Runs the pnpm that package.json pins, through npm: nothing has to be installed for the whole machine.
 * @param {readonly string[]} argv
 * @param {RunOptions} [options]
 */
export const pnpm = (argv, options) => {
  const npx = ['exec', '--yes', `--package=${manifest.packageManager.replace(/\+.*$/, '')}`, '--', 'pnpm', ...argv]
  return npmScript ? run(process.execPath, [npmScript, ...npx], options) : run('npm', npx, options)
}

/** Manifests of the workspace, the lock file and what else decides what is installed. */
const installInputs = () => {
  const inputs = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc'].map((file) => inRoot(file))
  for (const group of ['packages', 'apps'])
    for (const name of existsSync(inRoot(group)) ? readdirSync(inRoot(group)).sort() : [])
      inputs.push(inRoot(group, name, 'package.json'))
  return inputs.filter((file) => existsSync(file))
}

/** Installs what the lock file names; does nothing when that was done already. */
export const setUp = async () => {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const file of installInputs()) hash.update(`\0${path.relative(root, file)}\0`).update(readFileSync(file))
  const state = hash.digest('hex')
  const stamp = inRoot('node_modules', '.eos-setup')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return

  process.stderr.write('eos-sgd: installing dependencies ...\n')
  const { code, output } = await pnpm(['install', '--frozen-lockfile'], { quiet: true, env: { CI: 'true' } })
  if (code === 0) return writeFileSync(stamp, state)
  process.stderr.write(output)
  fail(
    /OUTDATED_LOCKFILE/.test(output)
      ? 'pnpm-lock.yaml does not fit the manifests. Run `npm run pnpm -- install` and commit the lock file.'
      : 'Installing dependencies failed (see above). Check the network and the npm registry in your npm settings, then run the command again.',
    code,
  )
}

/**
 * Runs a task of turbo.json in every package; what has not changed comes from the cache in `.turbo`.
 * @param {string} task
 * @returns {Promise<boolean>} whether it succeeded
 */
export const turbo = async (task) => {
  const notice = setTimeout(() => process.stderr.write(`eos-sgd: ${task} ...\n`), 2000)
  const { code, output } = await pnpm(['exec', 'turbo', 'run', task, '--output-logs=errors-only'], { quiet: true })
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
