import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { EosError } from '@eos-sgd/core'
import { packageFolder } from '../entry-files.ts'

/** Baselines whose rate is tuned. */
export const tunedAlgorithms = ['sgd', 'nesterov', 'adam', 'adamw', 'lamb', 'qhadam', 'adam-average'] as const
export type TunedAlgorithm = (typeof tunedAlgorithms)[number]

/**
 * Declared default rates. Adam, AdamW, QHAdam: those of their papers or authors and of every library. SGD with momentum
 * .9: PyTorch declares none; .01 is Keras' and what is usually taken. LAMB: its paper declares none; .001 is that of Apex
 * and TensorFlow Addons. Averaged Adam is nobody's, so Adam's.
 */
export const defaultRates: Readonly<Record<TunedAlgorithm, number>> = {
  sgd: 0.01,
  nesterov: 0.01,
  adam: 0.001,
  adamw: 0.001,
  lamb: 0.001,
  qhadam: 0.001,
  'adam-average': 0.001,
}

const sgdGrid = [0.005, 0.01, 0.025, 0.05, 0.1] as const
const adamGrid = [0.0005, 0.001, 0.002, 0.004, 0.008] as const

/** The grids that a tuned baseline is chosen from; extended where the best is at an end. */
export const grids: Readonly<Record<TunedAlgorithm, readonly number[]>> = {
  sgd: sgdGrid,
  nesterov: sgdGrid,
  adam: adamGrid,
  adamw: adamGrid,
  lamb: [0.0025, 0.005, 0.01, 0.02, 0.04],
  qhadam: adamGrid,
  'adam-average': adamGrid,
}

export const tunedSchema = 'eos-sgd/tuned@1'

/** What a rate led to on the tuning seed. `null` is not finite. */
export interface TunedTrial {
  readonly rate: number
  readonly finalLoss: number | null
  readonly bestLoss: number | null
  readonly diverged: boolean
}

/** Tuned rates of a workload: `tuned/<workload>.json`, written by `eos tune`. */
export interface TunedRates {
  readonly schema: typeof tunedSchema
  readonly workload: string
  readonly steps: number
  readonly algorithms: Readonly<
    Partial<
      Record<
        TunedAlgorithm,
        {
          /** Of the lowest final loss. */
          readonly rate: number
          readonly seed: number
          /** Makes this entry again. */
          readonly command: string
          readonly trials: readonly TunedTrial[]
          readonly versions: Readonly<Record<string, string>>
        }
      >
    >
  >
}

/** Where the committed result of a workload lies. */
export const tunedFile = (workload: string, folder: string = path.join(packageFolder, 'tuned')): string =>
  path.join(folder, `${workload.replaceAll('/', '-')}.json`)

/** The tuned rates of a workload, if there are any. Throws `TUNED_CORRUPT` for a damaged file. */
export function readTuned(file: string): TunedRates | undefined {
  if (!existsSync(file)) return undefined
  let value: Partial<TunedRates> | null
  try {
    value = JSON.parse(readFileSync(file, 'utf8')) as Partial<TunedRates> | null
  } catch {
    value = null
  }
  if (value?.schema !== tunedSchema || typeof value.algorithms !== 'object')
    throw new EosError('TUNED_CORRUPT', `${file} is no result of \`eos tune\`.`, {
      hint: 'Restore it, or delete it and tune again.',
    })
  return value as TunedRates
}
