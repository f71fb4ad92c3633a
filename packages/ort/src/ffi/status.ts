import { OrtError } from '../error.ts'
import type { Api } from './api.ts'
import type { NativeCall, Pointer } from './table.ts'

/** Throws what a failed status says, as `ORT_CALL`; releases the status. A null status is success and costs nothing. */
export function check(api: Api, status: Pointer | null): void {
  if (status === null) return
  const message = api.call.GetErrorMessage(status)
  api.call.ReleaseStatus(status)
  throw new OrtError('ORT_CALL', `ONNX Runtime ${api.version}: ${message.replace(/\s*\n\s*/g, ' ').trim()}`)
}

/** Runs a function that returns a status and writes one pointer, and gives the pointer. Throws `ORT_CALL`. */
export function create(api: Api, call: (out: [Pointer | null]) => Pointer | null): Pointer {
  const out: [Pointer | null] = [null]
  check(api, call(out))
  return out[0] as Pointer
}

/** Calls a function of the C API on another thread. Its arguments stay alive until the promise settles. */
export function callAside<Parameters extends readonly unknown[]>(
  api: Api,
  call: NativeCall<Parameters, Pointer | null>,
  ...parameters: Parameters
): Promise<void> {
  // The callback's scope holds `parameters`, and with it the memory that the other thread reads.
  return new Promise((resolve, reject) => {
    call.async(...parameters, (error, status) => {
      if (error !== null) return reject(error)
      try {
        check(api, status)
        resolve()
      } catch (failure) {
        reject(failure)
      }
    })
  })
}
