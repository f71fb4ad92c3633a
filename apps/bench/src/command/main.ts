import { stripVTControlCharacters } from 'node:util'
import { type ArgsDef, type CommandDef, parseArgs, renderUsage, type SubCommandsDef } from 'citty'
import { exitCode, exitCodeOf, explain, unknownName, usageError } from './errors.ts'
import { checkFlags } from './flags.ts'

const plain = (stream: NodeJS.WriteStream): boolean => !stream.isTTY || !!process.env['NO_COLOR']

async function showUsage(
  command: CommandDef,
  parent: CommandDef | undefined,
  stream: NodeJS.WriteStream,
): Promise<void> {
  const usage = await renderUsage(command, parent)
  stream.write(`${plain(stream) ? stripVTControlCharacters(usage) : usage}\n`)
}

const resolve = async <T>(value: T | Promise<T> | (() => T | Promise<T>)): Promise<T> =>
  typeof value === 'function' ? await (value as () => T | Promise<T>)() : await value

/**
 * Runs a command with subcommands to its exit code: 0 ok, 1 failed, 2 called wrongly, 130 interrupted. Errors are one
 * line on standard error.
 */
export async function main(root: CommandDef, argv: readonly string[]): Promise<number> {
  try {
    const { command, parent, rest } = await find(root, argv)
    if (rest.some((word) => word === '--help' || word === '-h')) {
      await showUsage(command, parent, process.stdout)
      return exitCode.ok
    }
    if (command === root) {
      if (rest[0] === '--version' || rest[0] === '-v') {
        process.stdout.write(`${(await resolve(root.meta))?.version ?? 'unknown'}\n`)
        return exitCode.ok
      }
      if (rest[0] !== undefined) checkFlags(rest, {})
    }
    if (!command.run) {
      await showUsage(command, parent, process.stderr)
      throw usageError('Say which command to run.')
    }
    const definition = ((await resolve(command.args)) ?? {}) as ArgsDef
    checkFlags(rest, definition)
    const result = await command.run({ rawArgs: [...rest], args: parse([...rest], definition), cmd: command })
    return typeof result === 'number' ? result : exitCode.ok
  } catch (error) {
    const code = exitCodeOf(error)
    const text = code === exitCode.interrupted ? 'Stopped. The same command goes on from here.' : explain(error)
    process.stderr.write(`${text}\n`)
    return code
  }
}

/** citty's own errors (a missing argument, a value that is not among the allowed) are wrong calls. */
function parse(words: string[], definition: ArgsDef): ReturnType<typeof parseArgs> {
  try {
    return parseArgs(words, definition)
  } catch (error) {
    throw usageError(`${stripVTControlCharacters((error as Error).message)}`.replace(/\.?$/, '.'))
  }
}

/** Walks down the subcommands that the words name. */
async function find(
  command: CommandDef,
  argv: readonly string[],
  parent?: CommandDef,
): Promise<{ command: CommandDef; parent: CommandDef | undefined; rest: readonly string[] }> {
  const subCommands = (await resolve(command.subCommands)) as SubCommandsDef | undefined
  const [name, ...rest] = argv
  if (!subCommands || name === undefined || name.startsWith('-')) return { command, parent, rest: argv }
  const next = subCommands[name]
  if (!next) throw unknownName('command', name, Object.keys(subCommands))
  return find((await resolve(next)) as CommandDef, rest, command)
}
