import { type Effect, effectOf } from '../analysis/effect.ts'
import type { Seeded } from '../analysis/paired.ts'
import type { Part } from '../rows/row.ts'
import type { CellReport, RowReport } from './report.ts'

/** What exchanging one part did, run by run of the same seed: row less the row that it is compared with. */
export interface PartEffect {
  readonly part: Part
  readonly row: string
  readonly from: string
  readonly finalLoss: Effect
  /** `null` where the run has no target. */
  readonly stepsToTarget: Effect | null
}

/** The effect of every exchanged part for which the run has both rows. */
export function partEffects(
  rows: readonly RowReport[],
  cells: readonly CellReport[],
  target: number | null,
): readonly PartEffect[] {
  const finished = (name: string): readonly CellReport[] => cells.filter(({ row, summary }) => row === name && summary)
  const loss = ({ seed, summary }: CellReport): Seeded => ({ seed, value: summary?.finalLoss ?? null })
  const steps = ({ seed, toTarget }: CellReport): Seeded => ({ seed, value: toTarget?.steps ?? null })
  return rows.flatMap(({ name, change }): PartEffect[] => {
    if (change === null) return []
    const [mine, theirs] = [finished(name), finished(change.from)]
    const finalLoss = effectOf(mine.map(loss), theirs.map(loss))
    if (!finalLoss) return []
    const stepsToTarget = target === null ? null : (effectOf(mine.map(steps), theirs.map(steps)) ?? null)
    return [{ part: change.part, row: name, from: change.from, finalLoss, stepsToTarget }]
  })
}
