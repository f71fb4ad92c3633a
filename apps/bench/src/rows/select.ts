import { EosError } from '@eos-sgd/core'
import type { RowSpec } from '../matrix/spec.ts'
import { defaultRates, type TunedRates } from '../tune/tuned-rates.ts'
import { findRow } from './catalogue.ts'
import { groups } from './groups.ts'

/**
 * Rows of the catalogue by name, in the order given, groups spread out, each once, with their rates filled in.
 * Throws for an unknown name, and where a tuned rate is not known.
 */
export function selectRows(
  names: readonly string[],
  workload: string,
  tuned: TunedRates | undefined,
): readonly RowSpec[] {
  const wanted = [...new Set(names.flatMap((name) => groups[name]?.(workload) ?? [name]))]
  return wanted.map((name): RowSpec => {
    const row = findRow(name, Object.keys(groups))
    if (!row.rate) return { name }
    const { algorithm, source } = row.rate
    if (source === 'default') return { name, rate: defaultRates[algorithm] }
    const rate = tuned?.algorithms[algorithm]?.rate
    if (rate === undefined)
      throw new EosError('NOT_TUNED', `Row ${name} needs a tuned rate, and ${algorithm} is not tuned on ${workload}.`, {
        hint: `Run \`eos tune --workload ${workload} --algorithm ${algorithm}\`, or leave the row out with --rows.`,
      })
    return { name, rate }
  })
}
