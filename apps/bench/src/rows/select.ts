import { EosError } from '@eos-sgd/core'
import { unknownName } from '../command/errors.ts'
import type { RowSpec } from '../matrix/spec.ts'
import { defaultRates, type TunedRates } from '../tune/tuned-rates.ts'
import { acceptanceRows, catalogue, demoRows } from './catalogue.ts'

/** Names that stand for several rows. */
const groups: Readonly<Record<string, readonly string[]>> = {
  demo: demoRows,
  acceptance: acceptanceRows,
  all: catalogue.map(({ name }) => name),
}

/**
 * Rows of the catalogue by name, in the order given, groups spread out, each once, with their rates filled in.
 * Throws for an unknown name, and where a tuned rate is not known.
 */
export function selectRows(
  names: readonly string[],
  workload: string,
  tuned: TunedRates | undefined,
): readonly RowSpec[] {
  const wanted = [...new Set(names.flatMap((name) => groups[name] ?? [name]))]
  return wanted.map((name): RowSpec => {
    const row = catalogue.find((one) => one.name === name)
    if (!row) throw unknownName('row', name, [...catalogue.map((one) => one.name), ...Object.keys(groups)])
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
