import { aims } from '../report/aims.ts'
import { baselines } from './baselines.ts'
import { catalogue } from './catalogue.ts'
import { defaultRow, targetRow } from './names.ts'
import { robustnessRows } from './robustness.ts'
import type { Part, Row } from './row.ts'

const names = (rows: readonly Row[]): readonly string[] => rows.map(({ name }) => name)

/** What `eos demo` and `eos matrix` run unless told otherwise: what fits into three minutes. */
export const demoRows: readonly string[] = [
  'default',
  'fixed-rate',
  'no-noise-term',
  'reversed-noise-term',
  'last-weights',
  'adam-direction',
  'heavy-ball',
  'formula-literal',
  'formula-safe',
  'formula-one-minus-mu',
  'sgd-default',
  'sgd-tuned',
  'adam-default',
  'adam-tuned',
]

/** What the aims of every workload need; rows whose seconds are compared run next to each other. */
const acceptanceRows: readonly string[] = [defaultRow, targetRow, ...robustnessRows]

/** The rows that others are compared with, then those in which one of these parts is exchanged. */
function changes(kind: Row['kind'] | undefined, ...parts: readonly Part[]): readonly string[] {
  const changed = catalogue.filter(
    (row) => row.change && parts.includes(row.change.part) && row.kind === (kind ?? row.kind),
  )
  const from = changed.flatMap(({ change }) => (change ? [change.from] : []))
  const both = new Set([...from, ...names(changed)])
  return names(catalogue.filter(({ name }) => both.has(name)))
}

/** Names that stand for several rows. */
export const groups: Readonly<Record<string, (workload: string) => readonly string[]>> = {
  demo: () => demoRows,
  acceptance: (workload) => [...new Set([...acceptanceRows, ...(aims[workload]?.beside ?? []).flat()])],
  ablations: () => names(catalogue.filter(({ kind }) => kind === 'default' || kind === 'ablation')),
  formula: () => names(catalogue.filter(({ kind }) => kind === 'formula')),
  directions: () => changes('ablation', 'direction'),
  readouts: () => changes('ablation', 'readout'),
  trackers: () => changes(undefined, 'noise tracker'),
  boundaries: () => changes('formula', 'boundary', 'noise term'),
  estimators: () => changes('formula', 'estimator'),
  cadence: () => changes('formula', 'cadence'),
  baselines: () => names(baselines),
  robustness: () => [defaultRow, ...robustnessRows],
  all: () => names(catalogue),
}
