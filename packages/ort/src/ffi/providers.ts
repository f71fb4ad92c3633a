import type { Api } from './api.ts'
import { check } from './status.ts'
import type { Pointer } from './table.ts'

/** Names of the execution providers that are built into the library: `CPUExecutionProvider` ... */
export function availableProviders(api: Api): string[] {
  const { call, koffi } = api
  const out: [Pointer | null] = [null]
  const count: [number] = [0]
  check(api, call.GetAvailableProviders(out, count))
  try {
    return koffi.decode(out[0], koffi.array('str', count[0])) as string[]
  } finally {
    check(api, call.ReleaseAvailableProviders(out[0], count[0]))
  }
}
