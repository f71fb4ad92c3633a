import { pairedDifference, type Seeded } from '../analysis/paired.ts'
import { statistic, statisticOfKnown } from '../analysis/statistics.ts'
import type { RowInfo } from '../rows/row.ts'
import type { CellReport, RowReport } from './report.ts'

/** What a row is beside its cells. */
export interface RowFacts {
  readonly info: RowInfo
  readonly algorithm: string
  readonly rate: number | null
  readonly gain: number | null
}

const finals = (cells: readonly CellReport[]): readonly Seeded[] =>
  cells.flatMap(({ seed, summary }) => (summary ? [{ seed, value: summary.finalLoss }] : []))

/** Statistics of a row; `reference` are the cells of the default. */
export function rowReport(
  { info, ...facts }: RowFacts,
  cells: readonly CellReport[],
  reference: readonly CellReport[] | undefined,
): RowReport {
  const done = cells.flatMap((cell) => (cell.summary ? [{ ...cell, summary: cell.summary }] : []))
  const of = (pick: (summary: (typeof done)[number]['summary']) => number | null) =>
    done.map(({ summary }) => pick(summary))
  const reached = done.map(({ toTarget }) => toTarget ?? null)
  const { change = null, ...described } = info
  return {
    ...described,
    change,
    ...facts,
    cells: done.map(({ id }) => id),
    failed: cells.filter(({ status }) => status === 'failed').map(({ id }) => id),
    stepsToTarget: statistic(reached.map((time) => time?.steps ?? null)),
    secondsToTarget: statistic(reached.map((time) => time?.seconds ?? null)),
    reached: reached.filter((time) => time !== null).length,
    finalLoss: statistic(of(({ finalLoss }) => finalLoss)),
    bestLoss: statistic(of(({ bestLoss }) => bestLoss)),
    bestStep: statisticOfKnown(of(({ bestStep }) => bestStep)),
    finalAccuracy: statisticOfKnown(of(({ finalAccuracy }) => finalAccuracy)),
    bestAccuracy: statisticOfKnown(of(({ bestAccuracy }) => bestAccuracy)),
    seconds: statistic(of(({ seconds }) => seconds)),
    measuringShare: statisticOfKnown(of(({ measuringShare }) => measuringShare)),
    finalRate: statisticOfKnown(of(({ finalRate }) => finalRate)),
    divergences: done.filter(({ summary }) => summary.diverged).length,
    rejections: done.reduce((sum, { summary }) => sum + summary.rejections, 0),
    difference:
      reference && reference !== cells && done.length > 0 ? pairedDifference(finals(cells), finals(reference)) : null,
  }
}
