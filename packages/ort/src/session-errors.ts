import type { Session } from './engine.ts'
import { OrtError, reasonOf } from './error.ts'
import type { Lifetime } from './lifetime.ts'

/** Refuses a session that is disposed or running. Throws `ORT_DISPOSED`, `ORT_BUSY`. */
export function checkSession(session: Session, lifetime: Lifetime, running: boolean): void {
  if (lifetime.ended)
    throw new OrtError('ORT_DISPOSED', `The session "${session.name}" was disposed.`, {
      hint: 'Open it again, or dispose it after its last run.',
    })
  if (running)
    throw new OrtError('ORT_BUSY', `The session "${session.name}" is still running.`, {
      hint: 'Await its run before the next one; sessions of other models may run meanwhile.',
    })
}

/** `ORT_RUN`, from whatever the engine said. */
export const failedRun = (name: string, cause: unknown): OrtError =>
  new OrtError('ORT_RUN', `"${name}" failed while running. ${factOf(cause)}`, { cause })

/** `ORT_MODEL`, from whatever the engine said. */
export const failedModel = (name: string, cause: unknown): OrtError =>
  new OrtError('ORT_MODEL', `"${name}" cannot be compiled. ${factOf(cause)}`, { cause })

const factOf = (cause: unknown): string => (cause instanceof OrtError ? cause.fact : reasonOf(cause))
