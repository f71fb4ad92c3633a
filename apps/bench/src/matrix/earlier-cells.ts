import { readdirSync } from 'node:fs'
import path from 'node:path'
import type { EarlierCell } from './estimate.ts'
import { sameHardware, thisHardware } from './hardware.ts'
import { existingRun } from './run-folder.ts'

/** What must agree for times to be comparable. */
interface Conditions {
  readonly workload: string
  readonly threads: number
  readonly jobs: number
}

/** Finished cells of the run folders in a folder, of this machine and under the same conditions. */
export function earlierCells(folder: string, { workload, threads, jobs }: Conditions): readonly EarlierCell[] {
  const here = thisHardware()
  return subfolders(folder).flatMap((name): EarlierCell[] => {
    try {
      const { run, manifest } = existingRun(path.join(folder, name))
      if (manifest.jobs !== jobs || !sameHardware(manifest.hardware, here)) return []
      return manifest.cells
        .filter(({ spec }) => spec.workload === workload && spec.threads === threads)
        .flatMap(({ id, spec }) => {
          const result = run.result(id)
          return result?.status === 'done' && typeof result.wall === 'number'
            ? [{ row: spec.row.name, steps: spec.steps, wall: result.wall }]
            : []
        })
    } catch {
      // No run folder, or a damaged one: it only has nothing to tell here.
      return []
    }
  })
}

function subfolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
  } catch {
    return []
  }
}
