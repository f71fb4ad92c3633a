/** What {@link OrtError} may carry beside its message. */
export interface OrtErrorOptions {
  /** What to do about it, one sentence. */
  readonly hint?: string
  readonly cause?: unknown
}

/** The one error of this package: `code` is stable and meant for programs, `message` ends with the hint. */
export class OrtError extends Error {
  override readonly name = 'OrtError'
  readonly code: string
  /** The message without its hint, for callers that wrap it. */
  readonly fact: string
  readonly hint: string | undefined

  constructor(code: string, fact: string, options: OrtErrorOptions = {}) {
    super(
      `[ort] ${fact}${options.hint === undefined ? '' : ` ${options.hint}`}`,
      options.cause === undefined ? {} : { cause: options.cause },
    )
    this.code = code
    this.fact = fact
    this.hint = options.hint
  }
}

/** The text of anything that was thrown, on one line. */
export const reasonOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s*\n\s*/g, ' ').trim()
