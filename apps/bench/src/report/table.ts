import { lossText, percent, secondsText } from './numbers.ts'
import type { Report, RowReport } from './report.ts'

/** A column of the table of rows, the same on the terminal and in the page. */
export interface Column {
  readonly group: string
  readonly title: string
  readonly explanation: string
  text(row: RowReport): string
}

const share = (value: number | null, row: RowReport): string =>
  value !== null ? percent(value) : row.cells.length > 0 ? 'always' : '–'

const or = (value: number | null, text: (value: number) => string, otherwise = 'never'): string =>
  value === null ? otherwise : text(value)

const runs = (row: RowReport): number => row.cells.length

const accuracyColumns = 'accuracy %'

const columns: readonly Column[] = [
  {
    group: 'to target',
    title: 'steps',
    explanation:
      'Median number of batches until the first evaluation at or below the target; a miss counts as infinite.',
    text: (row) => or(row.stepsToTarget.median, (steps) => steps.toFixed(0)),
  },
  {
    group: 'to target',
    title: 'seconds',
    explanation: 'Median wall time of those batches.',
    text: (row) => or(row.secondsToTarget.median, secondsText),
  },
  {
    group: 'to target',
    title: 'runs',
    explanation: 'Runs that reached the target, of all runs.',
    text: (row) => `${row.reached}/${runs(row)}`,
  },
  {
    group: 'validation loss',
    title: 'final',
    explanation: 'Median validation loss at the end of the run.',
    text: (row) => (runs(row) === 0 ? '–' : lossText(row.finalLoss.median)),
  },
  {
    group: 'validation loss',
    title: 'best',
    explanation: 'Median over runs of the lowest validation loss of a run.',
    text: (row) => (runs(row) === 0 ? '–' : lossText(row.bestLoss.median)),
  },
  {
    group: 'validation loss',
    title: 'at',
    explanation:
      'Median step of that lowest loss: where a run should have been stopped, or is kept by its best weights.',
    text: (row) => or(row.bestStep.median, (step) => step.toFixed(0), '–'),
  },
  {
    group: accuracyColumns,
    title: 'final',
    explanation: 'Median validation accuracy at the end of the run.',
    text: (row) => or(row.finalAccuracy.median, (value) => (100 * value).toFixed(1), '–'),
  },
  {
    group: accuracyColumns,
    title: 'best',
    explanation: 'Median over runs of the highest validation accuracy of a run.',
    text: (row) => or(row.bestAccuracy.median, (value) => (100 * value).toFixed(1), '–'),
  },
  {
    group: '',
    title: 'diverged',
    explanation: 'Runs with a validation loss that is not finite, or a final one above the initial.',
    text: (row) => `${row.divergences}/${runs(row)}`,
  },
  {
    group: '',
    title: 'measuring',
    explanation:
      'Share of the time spent on measuring curvature and noise: median time of a measuring step less that of a plain one, times their number, over the total. `always`: every step measures, so there is nothing to compare with.',
    text: (row) => share(row.measuringShare.median, row),
  },
  {
    group: '',
    title: 'run s',
    explanation: 'Median seconds of a whole run: data, programs and host rule of all batches.',
    text: (row) => or(row.seconds.median, secondsText, '–'),
  },
]

/** The columns for rows; without accuracy where nothing has one. */
export const columnsOf = (rows: readonly RowReport[]): readonly Column[] =>
  rows.some(({ finalAccuracy }) => finalAccuracy.median !== null)
    ? columns
    : columns.filter(({ group }) => group !== accuracyColumns)

/** What time-to-target aims at, in one line. */
export const targetLine = ({ loss, rule }: Report['target']): string =>
  loss === null ? `No target: ${rule}` : `Target ${lossText(loss)}: ${rule}`
