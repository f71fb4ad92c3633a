import { homedir } from 'node:os'
import path from 'node:path'

/**
 * Where fetched data sets lie, shared by all projects of a user: the folder named by the environment variable
 * `EOS_DATA`, else `eos-sgd` in `XDG_CACHE_HOME` or `~/.cache`. Each data set has a folder of its name in it.
 */
export function dataFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { EOS_DATA, XDG_CACHE_HOME } = environment
  if (EOS_DATA) return path.resolve(EOS_DATA)
  return path.join(XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'eos-sgd')
}
