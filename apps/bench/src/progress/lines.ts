import { significant } from '../report/numbers.ts'
import { type MatrixState, type RunningState, timeLeft } from './state.ts'

/** `1:05` or `2:03:00`. */
export function clock(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** The first line: cells done of all, failed ones, time left. */
export function headLine(title: string, state: MatrixState, now: number, begun: number): string {
  const left = timeLeft(state, now)
  return [
    `${title}  ${state.done}/${state.total} cells`,
    ...(state.failed > 0 ? [`${state.failed} failed`] : []),
    `${clock(now - begun)} so far`,
    ...(left === undefined ? [] : [`about ${clock(left)} left`]),
  ].join(' · ')
}

/** A line for a running cell: row, seed, step, loss and sharpness. */
export function cellLine({ cell, progress }: RunningState): string {
  const { row, seed, steps } = cell.spec
  const name = `${row.name} #${seed}`
  if (!progress) return `${name.padEnd(28)} starting`
  const known = (label: string, value: number | null): string =>
    value === null ? '' : `  ${label} ${significant(value, 3).padEnd(8)}`
  return `${name.padEnd(28)} step ${String(progress.step).padStart(String(steps).length)}/${steps}${
    progress.loss === null ? '  loss not finite' : known('loss', progress.loss)
  }${known('sharpness', progress.sharpness)}`.trimEnd()
}

/** All of it on one line, for output that is not a terminal. */
export const plainLine = (title: string, state: MatrixState, now: number, begun: number): string =>
  [
    headLine(title, state, now, begun),
    ...state.running.map((running) => cellLine(running).replace(/ {2,}/g, ' ')),
  ].join(' | ')
