/**
 * Everything that is done because of how one version of ONNX Runtime, its binding or koffi behaves, and not because of
 * what it is for. `workarounds.test.ts` pins each to the version below: where a test fails after an upgrade, the
 * behaviour has changed and the work-around may go.
 * @module
 */
import type { Koffi } from './ffi/api.ts'

/** The version of ONNX Runtime that every test here ran with. */
export const testedVersion = '1.30.0'

/** Versions whose function table is known: 1.23 brought API version 23. */
export function supportedVersion(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major === 1 && minor >= 23
}

/**
 * koffi runs native code on stacks of its own: 1 MiB for calls on this thread and 256 KiB for the others, where the
 * engine expects the usual 8 MiB of a thread (it optimises graphs and packs matrices there). Refused, and then left as
 * it is, once another part of the program has called koffi.
 */
export function enlargeStacks(koffi: Koffi): void {
  const bytes = 8 * 1024 * 1024
  try {
    koffi.config({ sync_stack_size: bytes, async_stack_size: bytes })
  } catch {
    // Already in use by the host program, with stacks that it chose.
  }
}

/**
 * Session settings, as `AddSessionConfigEntry` takes them.
 *
 * Deliberately absent: `session.set_denormal_as_zero`. Only the first session of a process decides, and it decides for
 * the thread that opens it, for good: JavaScript's own `1e-310 / 2` becomes 0 there, and what a run gives depends on
 * its thread. Denormals cost nothing on the measured processor.
 */
export function sessionSettings(pool: 'shared' | 'own'): Readonly<Record<string, string>> {
  return {
    // One arena for all sessions. Silently a private one where none is registered.
    'session.use_env_allocators': '1',
    // Pools of several sessions that spin fight for the cores: programs in turn take two to three times as long.
    ...(pool === 'own' ? { 'session.intra_op.allow_spinning': '0' } : {}),
  }
}

/**
 * True for the error of a session that wants the shared pool in an environment without one. There is no way to ask
 * beforehand: where the JavaScript binding was loaded first, the environment is the binding's, and has no pool.
 */
export const lacksSharedPool = (message: string): boolean => message.includes('EnvCreatedWithGlobalThreadPools')

/** The same settings in the nested form of the binding, which knows no shared pool; its values must be strings. */
export const bindingSettings = { session: { intra_op: { allow_spinning: '0' } } } as const
