import { inFamilies } from './families.ts'
import type { Report } from './report.ts'
import { columnsOf, targetLine } from './table.ts'
import { wrap } from './wrap.ts'

const between = 1
const betweenGroups = 3

/** The table of rows as text, aligned, family by family, with its target; at most 120 columns. */
export function textTable({ rows, target }: Pick<Report, 'rows' | 'target'>): string {
  const columns = columnsOf(rows)
  const families = inFamilies(rows).map((one) =>
    one.rows.map((row) => [row.title, ...columns.map((column) => column.text(row))]),
  )
  const heads = ['row', ...columns.map(({ title }) => title)]
  const groups = ['', ...columns.map(({ group }) => group)]
  const widths = heads.map((head, index) =>
    Math.max(head.length, ...families.flat().map((line) => (line[index] as string).length)),
  )
  const starts: number[] = []
  widths.reduce((at, width, index) => {
    const joined = index > 1 && groups[index] !== '' && groups[index] === groups[index - 1]
    const start = at + (index === 0 ? 0 : joined ? between : betweenGroups)
    starts.push(start)
    return start + width
  }, 0)
  const line = (cells: readonly string[]): string =>
    cells.reduce((text, cell, index) => {
      const [start, width] = [starts[index] as number, widths[index] as number]
      return text.padEnd(start) + (index === 0 ? cell.padEnd(width) : cell.padStart(width))
    }, '')
  const end = (starts.at(-1) as number) + (widths.at(-1) as number)
  const rule = '─'.repeat(end)
  return [
    groupLine(groups, starts, widths),
    line(heads),
    rule,
    ...families.flatMap((lines) => [...lines.map(line), rule]),
    wrap(targetLine(target)),
  ].join('\n')
}

/** Names of groups, each centred over its columns. */
function groupLine(groups: readonly string[], starts: readonly number[], widths: readonly number[]): string {
  return groups.reduce((text, group, index) => {
    if (group === '' || group === groups[index - 1]) return text
    const last = groups.lastIndexOf(group)
    const [from, to] = [starts[index] as number, (starts[last] as number) + (widths[last] as number)]
    return text.padEnd(from + Math.max(0, Math.floor((to - from - group.length) / 2))) + group
  }, '')
}
