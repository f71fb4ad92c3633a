import { unknownName } from '../command/errors.ts'
import type { RowSpec } from '../matrix/spec.ts'
import { ablations } from './ablations.ts'
import { baselines } from './baselines.ts'
import { formula } from './formula.ts'
import { pluginRowInfo } from './plugin-rows.ts'
import { robustness } from './robustness.ts'
import type { Row, RowInfo } from './row.ts'

/** Every row that has a name of its own, in the order of tables. */
export const catalogue: readonly Row[] = [...ablations, ...formula, ...baselines, ...robustness]

const names = (rows: readonly Row[]): readonly string[] => rows.map(({ name }) => name)

/** What `eos demo` and `eos matrix` run. */
export const demoRows: readonly string[] = names([...ablations, ...formula, ...baselines])

/** What the stated aims need; the rows whose seconds are compared run next to each other. */
export const acceptanceRows: readonly string[] = [
  'default',
  'adam-tuned',
  'adam-direction',
  'heavy-ball',
  'sgd-tuned',
  ...names(robustness),
]

/** What a person reads of a row. Throws for an unknown one. */
export function rowInfo(spec: RowSpec): RowInfo {
  if (spec.parts) return pluginRowInfo(spec)
  const row = catalogue.find(({ name }) => name === spec.name)
  if (!row) throw unknownName('row', spec.name, names(catalogue))
  return { name: row.name, title: row.title, description: row.description, kind: row.kind }
}
