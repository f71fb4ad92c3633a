import { EosError } from '@eos-sgd/core'

/** Exit codes of every command. */
export const exitCode = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** Codes of errors that a different command line mends. */
const usageCodes: ReadonlySet<string> = new Set(['USAGE', 'WORKLOAD', 'DATASET_UNKNOWN'])

/** The command was called wrongly: exit code 2. */
export const usageError = (message: string, hint?: string): EosError =>
  new EosError('USAGE', message, hint === undefined ? {} : { hint })

/** An unknown name, with those that are known. */
export const unknownName = (what: string, name: string, known: readonly string[]): EosError =>
  usageError(`Unknown ${what} "${name}".`, `Known: ${known.join(', ')}.`)

/** The run was stopped by a signal: exit code 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** What a person reads: one line for what was foreseen, everything for what was not. */
export function explain(error: unknown): string {
  if (error instanceof EosError) return error.message
  if (error instanceof Error) return `[eos] Unexpected error: ${error.stack ?? error.message}`
  return `[eos] Unexpected error: ${String(error)}`
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return exitCode.interrupted
  return error instanceof EosError && usageCodes.has(error.code) ? exitCode.usage : exitCode.failed
}
