import { defaultRow, targetRow } from '../rows/names.ts'
import { lossText, percent, significant } from './numbers.ts'
import { overFits } from './over-fitting.ts'
import type { Report, RowReport } from './report.ts'
import { count, named } from './words.ts'

type Facts = Pick<Report, 'settings' | 'target' | 'rows'>

const many = (value: number): string => value.toLocaleString('en-US')

/** Relative to a reference: `12.3 % lower`, `4.1 times as high`. */
function relative(value: number, reference: number): string {
  const change = value / reference - 1
  if (change > 1e5) return 'beyond comparison'
  if (change > 1) return `${significant(value / reference, 2)} times as high`
  if (Math.abs(change) < 0.0005) return 'equal'
  return `${percent(Math.abs(change))} ${change < 0 ? 'lower' : 'higher'}`
}

/** A sentence of a big matrix names so many rows at most. */
const mostNamed = 8

/** What the run comes to, in plain words: where the default wins, where it loses, by how much, what diverged. */
export function headline({ settings, target, rows }: Facts): readonly string[] {
  const row = rows.find(({ name }) => name === defaultRow)
  const paragraphs: string[] = []
  if (row && row.cells.length > 0) {
    paragraphs.push(
      opening(
        row,
        rows.find(({ name }) => name === targetRow),
        { settings, target, rows },
      ),
    )
    paragraphs.push(
      ...comparison(
        row,
        rows.filter((other) => other !== row && other.kind !== 'check' && other.cells.length > 0),
      ),
    )
  } else
    paragraphs.push(
      `On ${settings.workload}: ${count(rows.length, 'row')} without the default, so nothing is compared with it.`,
    )
  const diverged = rows.filter(({ divergences }) => divergences > 0)
  paragraphs.push(
    diverged.length === 0
      ? 'No run diverged.'
      : `Diverged: ${named(
          diverged.map(
            ({ title, divergences, cells }) => `${title} in ${divergences} of ${count(cells.length, 'run')}`,
          ),
          mostNamed,
        )}.`,
  )
  if (settings.seeds.length < 6)
    paragraphs.push(
      `${count(settings.seeds.length, 'paired run')} cannot show a difference at the 5 % level in a rank test; single runs scatter, so small differences here are no findings.`,
    )
  return paragraphs
}

function opening(row: RowReport, adam: RowReport | undefined, { settings, target }: Facts): string {
  const setting = `On ${settings.workload} (${settings.model}, ${many(settings.steps)} steps of ${settings.batch} samples, ${count(settings.seeds.length, 'seed')})`
  const end = `Its final validation loss is ${lossText(row.finalLoss.median)} in the median`
  const against =
    adam && adam !== row && row.finalLoss.median !== null && adam.finalLoss.median !== null
      ? `, ${relative(row.finalLoss.median, adam.finalLoss.median)} than tuned Adam's ${lossText(adam.finalLoss.median)}`.replace(
          'equal than',
          'equal to',
        )
      : ''
  const earlier = overFits(row.finalLoss.median, row.bestLoss.median)
    ? ` It over-fits: on the way it was as low as ${lossText(row.bestLoss.median)}, at step ${row.bestStep.median?.toFixed(0)} (medians of each run's lowest), which the best weights of a run keep.`
    : ''
  if (target.loss === null) return `${setting}, EoS-SGD as it comes. ${end}${against}.${earlier}`
  const aim = `the target loss of ${lossText(target.loss)}${adam ? ", tuned Adam's median final validation loss," : ''}`
  if (row.stepsToTarget.median === null)
    return `${setting}, EoS-SGD as it comes missed ${aim} in ${row.cells.length - row.reached} of ${count(row.cells.length, 'run')}. ${end}${against}.${earlier}`
  const stepShare = significant(row.stepsToTarget.median / settings.steps, 2)
  const secondShare =
    adam?.seconds.median && row.secondsToTarget.median !== null
      ? ` and ${significant(row.secondsToTarget.median / adam.seconds.median, 2)} of the seconds`
      : ''
  const whole = adam ? ' of a whole tuned Adam run' : ' of the budget'
  return `${setting}, EoS-SGD as it comes, with no setting, reached ${aim} after ${row.stepsToTarget.median.toFixed(0)} steps in the median (${row.reached} of ${count(row.cells.length, 'run')}): ${stepShare} of the steps${secondShare}${whole}. ${end}${against}.${earlier}`
}

/** Where the default loses, in every measure; then what it beats. */
function comparison(row: RowReport, others: readonly RowReport[]): readonly string[] {
  const loss = row.finalLoss.median
  if (loss === null) return ['The default did not end with a finite loss, so every row that did beats it.']
  const value = (other: RowReport): number => other.finalLoss.median ?? Number.POSITIVE_INFINITY
  const sorted = [...others].sort((a, b) => value(a) - value(b))
  const better = sorted.filter((other) => value(other) < loss)
  const worse = sorted.filter((other) => value(other) >= loss)
  const below = (own: number | null, reference: number | null): boolean =>
    own !== null && own < (reference ?? Number.POSITIVE_INFINITY)
  const list = (
    lead: string,
    rows: readonly RowReport[],
    text: (other: RowReport) => string,
    end = '',
  ): readonly string[] =>
    rows.length === 0
      ? []
      : [
          `${lead} ${named(
            rows.map((other) => `${other.title} (${text(other)})`),
            mostNamed,
          )}${end}.`,
        ]
  const lost = [
    ...list('It ends with a higher loss than', better, (other) => {
      const seeds = other.difference ? `, on ${other.difference.lower} of ${other.difference.seeds.length} seeds` : ''
      return `${lossText(other.finalLoss.median)}, ${relative(value(other), loss)}${seeds}`
    }),
    ...list(
      'Sooner at the target in steps:',
      others.filter(({ stepsToTarget }) => below(stepsToTarget.median, row.stepsToTarget.median)),
      ({ stepsToTarget }) => (stepsToTarget.median as number).toFixed(0),
    ),
    ...list(
      'Sooner at the target in seconds:',
      others.filter(({ secondsToTarget }) => below(secondsToTarget.median, row.secondsToTarget.median)),
      ({ secondsToTarget }) => significant(secondsToTarget.median as number, 2),
    ),
    ...list(
      'More accurate at the end:',
      others.filter(({ finalAccuracy }) => (finalAccuracy.median ?? 0) > (row.finalAccuracy.median ?? 0)),
      ({ finalAccuracy }) => percent(finalAccuracy.median),
      ` against ${percent(row.finalAccuracy.median)}`,
    ),
  ]
  return [
    lost.length === 0
      ? 'No other algorithm is better in any of these measures.'
      : `Where the default loses. ${lost.join(' ')}`,
    ...list('It ends with a lower loss than', worse, (other) => lossText(other.finalLoss.median)),
  ]
}
