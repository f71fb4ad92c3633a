import { EosError } from '@eos-sgd/graph'
import { OrtError } from '@eos-sgd/ort'

/** An error of the engine as the toolkit's own, under a code of this backend; other errors pass unchanged. */
export function asEosError(error: unknown, codes: Readonly<Record<string, string>>): unknown {
  if (!(error instanceof OrtError)) return error
  return new EosError(codes[error.code] ?? error.code, error.fact, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  })
}

/** Runs something of the engine; its errors come out as {@link EosError}. */
export function translated<T>(codes: Readonly<Record<string, string>>, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw asEosError(error, codes)
  }
}
