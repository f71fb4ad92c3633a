// How the scripts start processes, pass on signals and say what is wrong.
// Only Node built-ins: it runs before anything is installed.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
/** What the person asked for: the arguments after the script's name. */
export const args = process.argv.slice(2)

/** A path in the repository. */
export const inRoot = (/** @type {string[]} */ ...parts) => path.join(root, ...parts)
/** The root's package.json: the one place that names the versions of Node and pnpm. */
export const manifest = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))

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

/** Whether what is printed may have colours: not in a file or a pipe. */
export const colours = 'FORCE_COLOR' in process.env || (process.stdout.isTTY && !('NO_COLOR' in process.env))

/** For every process that is started: no telemetry. */
const environment = {
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  ...(colours ? {} : { NO_COLOR: '1' }),
}

/**
 * @typedef {object} RunOptions
 * @property {boolean} [quiet] standard output and error are collected, not shown
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
    if (running.size === 0) process.exit(128 + constants.signals[signal])
    // The terminal sends Ctrl-C to the children too; a second one would end them before they have cleaned up.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    for (const child of running) child.kill(signal)
  })

/**
 * Runs a command to its end, with its exit code (128 + n when signal n ended it). When this process was told to stop
 * meanwhile, it stops as soon as the command has.
 * @param {string} command
 * @param {readonly string[]} argv
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export const run = (command, argv, { quiet = false, cwd = root, env = {} } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, argv, {
      cwd,
      env: { ...process.env, ...environment, ...env },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
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
