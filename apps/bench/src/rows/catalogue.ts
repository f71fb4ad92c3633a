import { unknownName } from '../command/errors.ts'
import type { RowSpec } from '../matrix/spec.ts'
import { ablations } from './ablations.ts'
import { baselines } from './baselines.ts'
import { directions } from './directions.ts'
import { formula } from './formula.ts'
import { boundaries, cadences, estimators, trackers } from './formula-changes.ts'
import { pluginRowInfo } from './plugin-rows.ts'
import { robustness } from './robustness.ts'
import type { Row, RowInfo } from './row.ts'

/** Every row that has a name of its own, in the order of tables. */
export const catalogue: readonly Row[] = [
  ...ablations,
  ...directions,
  ...formula,
  ...boundaries,
  ...trackers,
  ...estimators,
  ...cadences,
  ...baselines,
  ...robustness,
]

/** The row of that name. Throws for an unknown one. */
export function findRow(name: string, otherNames: readonly string[] = []): Row {
  const row = catalogue.find((one) => one.name === name)
  if (!row) throw unknownName('row', name, [...catalogue.map((one) => one.name), ...otherNames])
  return row
}

/** What a person reads of a row. Throws for an unknown one. */
export function rowInfo(spec: RowSpec): RowInfo {
  if (spec.parts) return pluginRowInfo(spec)
  const { name, title, description, kind, change } = findRow(spec.name)
  return { name, title, description, kind, ...(change ? { change } : {}) }
}
