import { EosError } from '@eos-sgd/core'
import type { Workload } from '../workload.ts'
import { diabetesMlp } from './diabetes-mlp.ts'
import { digitsMlp } from './digits-mlp.ts'
import { fashionMnistMlp } from './fashion-mnist-mlp.ts'
import { fashionMnistResnet8 } from './fashion-mnist-resnet8.ts'
import { textGptTiny } from './text-gpt-tiny.ts'

/** All workloads, smallest first. */
export const workloads: readonly Workload[] = [
  diabetesMlp,
  digitsMlp,
  fashionMnistMlp,
  fashionMnistResnet8,
  textGptTiny,
]

/** The workload of that name. Throws `WORKLOAD`. */
export function findWorkload(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name)
  if (!found)
    throw new EosError('WORKLOAD', `There is no workload "${name}".`, {
      hint: `There are: ${workloads.map((workload) => workload.name).join(', ')}.`,
    })
  return found
}
