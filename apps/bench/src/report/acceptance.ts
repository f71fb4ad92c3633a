import { lossText, significant } from './numbers.ts'
import type { CellReport, Report, RowReport } from './report.ts'

/** A stated aim and what was measured. */
export interface Claim {
  readonly aim: string
  readonly measured: string
  readonly holds: boolean
  /** The cells that the measurement is of. */
  readonly cells: readonly string[]
}

/** The workload and the number of steps that the aims are about. */
const aimedAt = { workload: 'fashion-mnist/mlp', steps: 1000 } as const
const finalLoss = 0.28
const stepShare = 0.4
const secondShare = 0.75
const besideTuned = 1.05
const sameRate = 1e-3

/**
 * The aims of the project for its benchmark, as far as a run has the rows for them: time to target, final loss, insensitivity to the
 * first guess and to the loss scale, other directions beside their own tuned runs.
 */
export function acceptance({
  settings,
  rows,
  cells,
  target,
}: Pick<Report, 'settings' | 'rows' | 'cells' | 'target'>): readonly Claim[] {
  if (settings.workload !== aimedAt.workload || settings.steps !== aimedAt.steps) return []
  const row = (name: string): RowReport | undefined => rows.find((one) => one.name === name && one.cells.length > 0)
  const [main, adam, sgd] = [row('default'), row('adam-tuned'), row('sgd-tuned')]
  const claims: Claim[] = []
  const add = (aim: string, measured: string, holds: boolean, of: readonly (RowReport | undefined)[]): void => {
    claims.push({ aim, measured, holds, cells: of.flatMap((one) => one?.cells ?? []) })
  }
  if (main && adam && target.loss !== null) {
    const steps = main.stepsToTarget.median === null ? null : main.stepsToTarget.median / settings.steps
    add(
      `The default reaches the target in at most ${stepShare} of the steps (median).`,
      shareText(steps),
      (steps ?? Infinity) <= stepShare,
      [main, adam],
    )
    // Runs that share the machine take time from each other, by chance more from one than from the other.
    if (settings.jobs === 1) claims.push(secondsClaim(main, adam))
  }
  if (main)
    add(
      `The default ends at a loss of at most ${finalLoss} (median).`,
      lossText(main.finalLoss.median),
      (main.finalLoss.median ?? Infinity) <= finalLoss,
      [main],
    )
  for (const name of ['start-1e-8', 'start-10', 'loss-x100']) {
    const other = row(name)
    if (!other) continue
    const reached = other.finalLoss.median === null ? '' : `, final loss ${lossText(other.finalLoss.median)}`
    add(
      `${other.title}: nothing diverges.`,
      `${other.divergences} of ${other.cells.length} diverged${reached}`,
      other.divergences === 0 && other.failed.length === 0,
      [other],
    )
  }
  const scaled = row('loss-x100')
  if (main && scaled) claims.push(sameContact(main, scaled, cells))
  for (const [name, tuned] of [
    ['adam-direction', adam],
    ['heavy-ball', sgd],
  ] as const) {
    const other = row(name)
    if (!other || !tuned) continue
    const [mine, theirs] = [other.finalLoss.median ?? Infinity, tuned.finalLoss.median ?? Infinity]
    add(
      `${other.title} ends at most 5 % above ${tuned.title} (median final loss).`,
      `${lossText(other.finalLoss.median)} against ${lossText(tuned.finalLoss.median)}: ${significant(mine / theirs, 3)} times`,
      mine <= besideTuned * theirs,
      [other, tuned],
    )
  }
  return claims
}

function secondsClaim(main: RowReport, adam: RowReport): Claim {
  const [reached, whole] = [main.secondsToTarget.median, adam.seconds.median]
  const share = reached === null || whole === null ? null : reached / whole
  return {
    aim: `The default reaches the target in at most ${secondShare} of the seconds of a tuned Adam run (medians).`,
    measured:
      share === null
        ? 'never'
        : `${shareText(share)}: ${significant(reached as number)} s of ${significant(whole as number)} s`,
    holds: share !== null && share <= secondShare,
    cells: [...main.cells, ...adam.cells],
  }
}

const shareText = (share: number | null): string => (share === null ? 'never' : significant(share, 2))

function sameContact(main: RowReport, scaled: RowReport, cells: readonly CellReport[]): Claim {
  const contacts = (row: RowReport): readonly (CellReport['summary'] & {})['contact'][] =>
    row.cells.map((id) => cells.find((cell) => cell.id === id)?.summary?.contact ?? null)
  const pairs = contacts(main).map((contact, index) => [contact, contacts(scaled)[index] ?? null] as const)
  const steps = pairs.map(([a, b]) => `${a?.step ?? 'none'}/${b?.step ?? 'none'}`)
  const apart = pairs.map(([a, b]) => (a && b ? Math.abs(b.rate / a.rate - 1) : Infinity))
  return {
    aim: 'Loss times 100: same contact step, rate at contact equal to 1e-3 relative.',
    measured: `contact at steps ${steps.join(', ')} (default/scaled); rates apart by at most ${significant(Math.max(...apart), 2)}`,
    holds: pairs.every(([a, b]) => a !== null && b !== null && a.step === b.step) && Math.max(...apart) <= sameRate,
    cells: [...main.cells, ...scaled.cells],
  }
}
