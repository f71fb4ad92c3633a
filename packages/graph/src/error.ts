/** Options of {@link EosError}. */
export interface EosErrorOptions {
  /** What to do about it, one sentence. */
  readonly hint?: string
  /** The chain of nodes, layers or files that led here, innermost first. */
  readonly trace?: readonly string[]
  readonly cause?: unknown
}

const longestTrace = 20

/**
 * The one error of the toolkit: misuse and bad input. Numeric trouble is data (a status), never an error.
 *
 * `code` is stable and meant for programs; `message` names what is wrong, where, and what to do.
 */
export class EosError extends Error {
  override readonly name = 'EosError'
  readonly code: string
  readonly hint: string | undefined
  readonly trace: readonly string[]

  constructor(code: string, message: string, options: EosErrorOptions = {}) {
    const trace = (options.trace ?? []).slice(0, longestTrace)
    const hint = options.hint === undefined ? '' : ` ${options.hint}`
    const where = trace.length === 0 ? '' : `\n  while ${trace.join('\n  in ')}`
    super(`[eos] ${message}${hint}${where}`, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.trace = trace
  }
}
