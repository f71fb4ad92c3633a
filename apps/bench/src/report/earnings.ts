import type { Effect, Verdict } from '../analysis/effect.ts'
import { defaultRow } from '../rows/names.ts'
import type { Part } from '../rows/row.ts'
import type { PartEffect } from './effects.ts'
import { differenceText, lossText } from './numbers.ts'
import { overFits } from './over-fitting.ts'
import type { RowReport } from './report.ts'
import { count, sentence } from './words.ts'

/**
 * Which part earns what, in words, from the effects of exchanging it: what is beyond the spread over seeds, then part by
 * part every row with its figures, those of the table; none where the run has no exchanged part with its counterpart.
 */
export function earnings(rows: readonly RowReport[], effects: readonly PartEffect[]): readonly string[] {
  if (effects.length === 0) return []
  const row = new Map(rows.map((one) => [one.name, one]))
  // What is exchanged in the default comes first.
  const ordered = [...effects].sort((a, b) => Number(b.from === defaultRow) - Number(a.from === defaultRow))
  const parts = [...new Set(ordered.map(({ part }) => part))]
  const main = row.get(defaultRow)
  return [
    ...lead(ordered, row),
    ...parts.flatMap((part) =>
      partText(
        part,
        effects.filter((effect) => effect.part === part),
        row,
      ),
    ),
    ...(main && overFits(main.finalLoss.median, main.bestLoss.median)
      ? [
          `${main.title} over-fits here: its lowest loss is ${lossText(main.bestLoss.median)}, its final one ${lossText(main.finalLoss.median)} (medians). So a lower final loss may only say that a row trains more slowly; compare the lowest losses of the table too.`,
        ]
      : []),
  ]
}

/** How the figures are made; then what is beyond the spread, the largest first, of the default and of the other rows. */
function lead(effects: readonly PartEffect[], row: ReadonlyMap<string, RowReport>): readonly string[] {
  const seeds = Math.max(...effects.map(({ finalLoss }) => finalLoss.seeds.length))
  const opening =
    'Every row here is set beside the row that differs from it in one part only, run by run of the same seed'
  if (seeds === 1) return [`${opening}. There is one seed, so nothing is known of the spread and nothing is claimed.`]
  const ofDefault = effects.filter(({ from }) => from === defaultRow)
  const others = effects.filter(({ from }) => from !== defaultRow)
  const title = row.get(defaultRow)?.title
  return [
    `${opening}: the median difference, and in brackets the least and the most. Where not all seeds agree in sign there is no difference beyond the spread; ${count(seeds, 'seed')} agree by chance in 1 of ${2 ** (seeds - 1)} cases.`,
    ...(ofDefault.length > 0 ? [ranking(`final loss against ${title}`, ofDefault, row)] : []),
    ...(others.length > 0 ? [ranking('final loss of the others, each against its own counterpart', others, row)] : []),
  ]
}

function ranking(what: string, effects: readonly PartEffect[], row: ReadonlyMap<string, RowReport>): string {
  const size = ({ finalLoss }: PartEffect): number => Math.abs(finalLoss.median ?? Infinity)
  const of = (verdict: Verdict): readonly string[] =>
    effects
      .filter(({ finalLoss }) => finalLoss.verdict === verdict)
      .sort((a, b) => size(b) - size(a))
      .map((effect) => {
        const { median } = effect.finalLoss
        const by = verdict === 'within the spread' || median === null ? '' : ` ${differenceText(median)}`
        return `${row.get(effect.row)?.title} (${effect.part}${by})`
      })
  const texts = [
    ['higher on every seed', of('higher')],
    ['lower on every seed', of('lower')],
    ['no difference beyond the spread', of('within the spread')],
  ] as const
  const known = texts.filter(([, rows]) => rows.length > 0).map(([verdict, rows]) => `${verdict}: ${sentence(rows)}`)
  return `In ${what}: ${known.join('; ')}.`
}

/** A paragraph for each row that rows of this part are compared with. */
function partText(part: Part, effects: readonly PartEffect[], row: ReadonlyMap<string, RowReport>): readonly string[] {
  return [...new Set(effects.map(({ from }) => from))].map((from) => {
    const reference = row.get(from) as RowReport
    const timed = effects.some(({ stepsToTarget }) => stepsToTarget)
    const each = effects
      .filter((effect) => effect.from === from)
      .map((effect) => rowText(row.get(effect.row) as RowReport, effect))
    const aim = timed ? `, ${targetText(reference)}` : ''
    return `${part.charAt(0).toUpperCase()}${part.slice(1)}, against ${reference.title} (final ${lossText(reference.finalLoss.median)}${aim}): ${each.join('; ')}.`
  })
}

function rowText(row: RowReport, { finalLoss, stepsToTarget }: PartEffect): string {
  const diverged = row.divergences > 0 ? `, ${row.divergences} of ${row.cells.length} diverged` : ''
  const steps = stepsToTarget === null ? '' : `, ${targetText(row)}${stepsText(stepsToTarget)}`
  return `${row.title} ${lossText(row.finalLoss.median)} (${effectText(finalLoss, differenceText, { higher: 'higher', lower: 'lower' })}${diverged})${steps}`
}

const targetText = ({ stepsToTarget }: RowReport): string =>
  stepsToTarget.median === null ? 'target never' : `target at step ${stepsToTarget.median.toFixed(0)}`

function stepsText(effect: Effect): string {
  // Both never: there is nothing to compare.
  if (effect.differences.every((difference) => difference === 0)) return ''
  const text = effectText(effect, signed, { higher: 'later', lower: 'sooner' })
  return ` (${text})`
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(0)}`

function effectText(
  { median, least, most, verdict }: Effect,
  number: (value: number) => string,
  words: { readonly higher: string; readonly lower: string },
): string {
  if (verdict === 'one seed') return median === null ? 'beyond comparison' : number(median)
  const spread = least === null || most === null ? [] : [`${number(least)} to ${number(most)}`]
  if (verdict === 'within the spread') return [...spread, 'no difference beyond the spread'].join(', ')
  const every = `${words[verdict]} on every seed`
  return median === null ? every : `${number(median)}; ${[...spread, every].join(', ')}`
}
