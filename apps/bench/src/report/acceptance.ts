import { defaultRow, targetRow } from '../rows/names.ts'
import { robustnessRows } from '../rows/robustness.ts'
import { type Aims, aims } from './aims.ts'
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

/** A row may end so much above the tuned baseline that it is set beside. */
const besideTuned = 1.05

type Facts = Pick<Report, 'settings' | 'rows' | 'cells' | 'target'>

/**
 * The aims of the project for a workload, as far as a run of the stated length has the rows for them: time to target,
 * final loss, insensitivity to the first guess and to the loss scale, other directions beside their own tuned runs.
 */
export function acceptance(facts: Facts): readonly Claim[] {
  const { settings, rows, cells, target } = facts
  const aim = aims[settings.workload]
  if (settings.steps !== aim?.steps) return []
  const row = (name: string): RowReport | undefined => rows.find((one) => one.name === name && one.cells.length > 0)
  const [main, adam, scaled] = [row(defaultRow), row(targetRow), row('loss-x100')]
  return [
    ...(main && adam && target.loss !== null ? timeClaims(aim, facts, main, adam) : []),
    ...(main && aim.finalLoss !== undefined
      ? [
          {
            aim: `The default ends at a loss of at most ${aim.finalLoss} (median).`,
            measured: lossText(main.finalLoss.median),
            holds: (main.finalLoss.median ?? Infinity) <= aim.finalLoss,
            cells: main.cells,
          },
        ]
      : []),
    ...robustnessRows.flatMap((name) => {
      const other = row(name)
      return other ? [staysWhole(other)] : []
    }),
    ...(main && scaled && aim.sameContact !== undefined ? [sameContact(main, scaled, cells, aim.sameContact)] : []),
    ...(aim.beside ?? []).flatMap(([name, baseline]) => {
      const [other, tuned] = [row(name), row(baseline)]
      return other && tuned ? [endsBeside(other, tuned)] : []
    }),
  ]
}

/** Steps, and seconds where the runs had the machine alone: each as a share of a whole tuned Adam run. */
function timeClaims(
  { stepShare, secondShare }: Aims,
  { settings, cells }: Facts,
  main: RowReport,
  adam: RowReport,
): readonly Claim[] {
  const ofCells = [...main.cells, ...adam.cells]
  const share = (reached: number | null, whole: number | null): number | null =>
    reached === null || whole === null ? null : reached / whole
  const runs = pairs(main, adam, cells)
  const steps = share(main.stepsToTarget.median, settings.steps)
  const stepShares = runs.map(([mine]) => share(mine.toTarget?.steps ?? null, settings.steps))
  const [reached, whole] = [main.secondsToTarget.median, adam.seconds.median]
  const seconds = share(reached, whole)
  const secondShares = runs.map(([mine, theirs]) =>
    share(mine.toTarget?.seconds ?? null, theirs.summary?.seconds ?? null),
  )
  return [
    {
      aim: `The default reaches the target in at most ${stepShare} of the steps (median).`,
      measured: `${shareText(steps)}${rangeText(stepShares)}`,
      holds: (steps ?? Infinity) <= stepShare,
      cells: ofCells,
    },
    // Runs that share the machine take time from each other, by chance more from one than from the other.
    ...(settings.jobs === 1
      ? [
          {
            aim: `The default reaches the target in ${secondShare < 1 ? `at most ${secondShare} of the` : 'fewer'} seconds ${secondShare < 1 ? 'of' : 'than'} a tuned Adam run (medians).`,
            measured:
              seconds === null
                ? `never${rangeText(secondShares)}`
                : `${shareText(seconds)}: ${significant(reached as number)} s of ${significant(whole as number)} s${rangeText(secondShares)}`,
            holds: (seconds ?? Infinity) <= secondShare,
            cells: ofCells,
          },
        ]
      : []),
  ]
}

/** Cells of the same seed of two rows. */
function pairs(
  a: RowReport,
  b: RowReport,
  cells: readonly CellReport[],
): readonly (readonly [CellReport, CellReport])[] {
  const of = (row: RowReport): readonly CellReport[] => cells.filter(({ id }) => row.cells.includes(id))
  const others = new Map(of(b).map((cell) => [cell.seed, cell]))
  return of(a).flatMap((cell) => {
    const other = others.get(cell.seed)
    return other ? [[cell, other] as const] : []
  })
}

const shareText = (share: number | null): string => (share === null ? 'never' : significant(share, 2))

/** The interval of a ratio: its least and its most over the seeds. */
function rangeText(shares: readonly (number | null)[]): string {
  if (shares.length < 2 || shares.every((share) => share === null)) return ''
  const sorted = shares.map((share) => share ?? Infinity).sort((a, b) => a - b)
  const text = (share: number): string => shareText(Number.isFinite(share) ? share : null)
  return ` (over ${shares.length} seeds from ${text(sorted[0] as number)} to ${text(sorted.at(-1) as number)})`
}

function staysWhole({ title, finalLoss, divergences, cells, failed }: RowReport): Claim {
  const reached = finalLoss.median === null ? '' : `, final loss ${lossText(finalLoss.median)}`
  return {
    aim: `${title}: nothing diverges.`,
    measured: `${divergences} of ${cells.length} diverged${reached}`,
    holds: divergences === 0 && failed.length === 0,
    cells,
  }
}

function endsBeside(other: RowReport, tuned: RowReport): Claim {
  const [mine, theirs] = [other.finalLoss.median ?? Infinity, tuned.finalLoss.median ?? Infinity]
  return {
    aim: `${other.title} ends at most 5 % above ${tuned.title} (median final loss).`,
    measured: `${lossText(other.finalLoss.median)} against ${lossText(tuned.finalLoss.median)}: ${significant(mine / theirs, 3)} times`,
    holds: mine <= besideTuned * theirs,
    cells: [...other.cells, ...tuned.cells],
  }
}

function sameContact(main: RowReport, scaled: RowReport, cells: readonly CellReport[], tolerance: number): Claim {
  const contacts = pairs(main, scaled, cells).map(
    ([a, b]) => [a.summary?.contact ?? null, b.summary?.contact ?? null] as const,
  )
  const steps = contacts.map(([a, b]) => `${a?.step ?? 'none'}/${b?.step ?? 'none'}`)
  const apart = Math.max(...contacts.map(([a, b]) => (a && b ? Math.abs(b.rate / a.rate - 1) : Infinity)))
  return {
    aim: `Loss times 100: same contact step, rate at contact equal to ${tolerance} relative.`,
    measured: `contact at steps ${steps.join(', ')} (default/scaled); rates apart by at most ${significant(apart, 2)}`,
    holds: contacts.every(([a, b]) => a !== null && b !== null && a.step === b.step) && apart <= tolerance,
    cells: [...main.cells, ...scaled.cells],
  }
}
