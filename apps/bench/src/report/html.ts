import { defaultRow } from '../rows/names.ts'
import { inFamilies } from './families.ts'
import type { Figure, FigurePanel, Key } from './figures/figure.ts'
import { figures } from './figures/figures.ts'
import { differenceText, lossText, percent, secondsText, significant } from './numbers.ts'
import type { CellReport, Report, RowReport } from './report.ts'
import { style } from './style.ts'
import { columnsOf, targetLine } from './table.ts'

const escapeHtml = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')

/** The ids of the cells that a number comes from, where a pointer finds them; the page links the first. */
const cites = (cells: readonly string[]): string => `data-cells="${cells.join(' ')}" title="cells ${cells.join(', ')}"`

/** One page with everything in it: no script, no request to anywhere. */
export function renderHtml(report: Report): string {
  const { headline: paragraphs, warnings } = report
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${report.name}: ${report.settings.workload}`)}</title>
<style>${style}</style>
</head>
<body>
<header>
<p class="over">EoS-SGD report · ${escapeHtml(report.name)} · ${escapeHtml(report.created)}</p>
<h1>${escapeHtml(report.settings.workload)}</h1>
${paragraphs.map((text, index) => `<p${index === 0 ? ' class="lead"' : ''}>${escapeHtml(text)}</p>`).join('\n')}
${warnings.map((text) => `<p class="warning">${escapeHtml(text)}</p>`).join('\n')}
</header>
<main>
${claimSection(report)}
<section id="table"><h2>Rows</h2>
${rowTable(report)}
</section>
${earningsSection(report)}
${figures(report).map(figureSection).join('\n')}
<section id="descriptions"><h2>What the rows are</h2>
<dl>
${report.rows.map((row) => `<dt>${escapeHtml(row.title)}</dt><dd>${escapeHtml(rowText(row))}</dd>`).join('\n')}
</dl></section>
${settingsSection(report)}
${cellSection(report)}
</main>
</body>
</html>
`
}

function rowText({ description, rate, algorithm, name }: RowReport): string {
  return [
    description,
    ...(rate === null ? [] : [`Peak rate ${significant(rate, 3)}.`]),
    `Row name: ${name}.`,
    ...(algorithm === '' ? [] : [`Composed of: ${algorithm}.`]),
  ].join(' ')
}

function claimSection({ claims }: Report): string {
  if (claims.length === 0) return ''
  const line = ({ aim, measured, holds, cells }: Report['claims'][number]): string =>
    `<tr><td class="${holds ? 'holds' : 'fails'}">${holds ? 'yes' : 'no'}</td><td>${escapeHtml(aim)}</td><td ${cites(cells)}>${escapeHtml(measured)}</td></tr>`
  return `<section id="aims"><h2>Stated aims</h2><div class="scroll"><table><thead><tr><th>holds</th><th>aim</th><th>measured</th></tr></thead><tbody>
${claims.map(line).join('\n')}
</tbody></table></div></section>`
}

function earningsSection({ earnings }: Report): string {
  if (earnings.length === 0) return ''
  return `<section id="earnings"><h2>Which part earns what</h2>
${earnings.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}
</section>`
}

function rowTable(report: Report): string {
  const columns = columnsOf(report.rows)
  const families = inFamilies(report.rows)
  const groups: { group: string; span: number }[] = []
  for (const { group } of columns) {
    const last = groups.at(-1)
    if (last && last.group === group) last.span++
    else groups.push({ group, span: 1 })
  }
  const difference = (row: RowReport): string =>
    row.difference === null
      ? '<td class="number">–</td>'
      : `<td class="number" ${cites(row.cells)}>${differenceText(row.difference.median)} <small>${row.difference.higher}/${row.difference.seeds.length}</small></td>`
  const line = (row: RowReport): string =>
    `<tr${row.name === defaultRow ? ' class="main"' : ''}><th scope="row">${escapeHtml(row.title)}${row.failed.length > 0 ? ` <small>${row.failed.length} failed</small>` : ''}</th>${columns
      .map((column) => `<td class="number" ${cites(row.cells)}>${escapeHtml(column.text(row))}</td>`)
      .join('')}${difference(row)}</tr>`
  return `<div class="scroll"><table class="rows">
<thead>
<tr><td></td>${groups.map(({ group, span }) => `<th colspan="${span}" scope="colgroup">${escapeHtml(group)}</th>`).join('')}<th></th></tr>
<tr><th scope="col">row</th>${columns.map(({ title, explanation }) => `<th scope="col" class="number" title="${escapeHtml(explanation)}">${escapeHtml(title)}</th>`).join('')}<th scope="col" class="number" title="Final loss less that of the default on the same seed: median, and the seeds on which it is higher.">to default</th></tr>
</thead>
${families
  .map(
    ({ family, rows }) =>
      `<tbody>${families.length > 1 ? `<tr class="family"><th colspan="${columns.length + 2}" scope="rowgroup">${escapeHtml(family.title)}</th></tr>` : ''}
${rows.map(line).join('\n')}
</tbody>`,
  )
  .join('\n')}
</table></div>
<p class="note">${escapeHtml(targetLine(report.target))}</p>
<details><summary>What the columns are</summary><dl>
${columns.map(({ group, title, explanation }) => `<dt>${escapeHtml(`${group} ${title}`.trim())}</dt><dd>${escapeHtml(explanation)}</dd>`).join('\n')}
<dt>to default</dt><dd>Median over seeds of the final loss less that of the default on the same seed, and on how many seeds it is higher.</dd>
</dl></details>
<p class="note">Every number names its cells to the pointer; they stand at the end of the page.</p>`
}

/** Beyond so many, panels of rows are folded away family by family, but for the first. */
const mostPanels = 16

function figureSection({ id, title, caption, legend, panels, size }: Figure): string {
  const grid = (some: readonly FigurePanel[]): string =>
    `<div class="${size === 'wide' ? 'scroll' : size === 'half' ? 'half' : 'panels'}">${some.map(panel).join('\n')}</div>`
  const ofRows = panels.flatMap((one) => (one.kind ? [{ ...one, kind: one.kind }] : []))
  const body =
    ofRows.length > mostPanels
      ? inFamilies(ofRows)
          .map(
            ({ family, rows }, index) =>
              `<details class="family-panels"${index === 0 ? ' open' : ''}><summary>${escapeHtml(family.title)} (${rows.length})</summary>${grid(rows)}</details>`,
          )
          .join('\n')
      : grid(panels)
  const keys = legend.length === 0 ? '' : `<p class="legend">${legend.map(key).join('\n')}</p>\n`
  return `<section id="figure-${id}"><h2>${escapeHtml(title)}</h2><p class="note">${escapeHtml(caption)} Horizontal: steps.</p>
${keys}${body}</section>`
}

const panel = ({ title: name, cells, svg }: FigurePanel): string =>
  `<figure ${cites(cells)}>${name === '' ? '' : `<figcaption>${escapeHtml(name)}</figcaption>`}${svg}</figure>`

const key = ({ label, color, dash }: Key): string =>
  `<span><svg width="26" height="8" aria-hidden="true"><line x1="0" x2="26" y1="4" y2="4" stroke="${color}" stroke-width="2"${dash ? ` stroke-dasharray="${dash}"` : ''}></line></svg>${escapeHtml(label)}</span>`

function settingsSection({ settings, hardware, versions, commands, target }: Report): string {
  const facts: readonly (readonly [string, string])[] = [
    [
      'Model',
      `${settings.model}${settings.parameters === null ? '' : `, ${settings.parameters.toLocaleString('en-US')} parameters`}`,
    ],
    ['Workload', settings.description],
    ['Batch', `${settings.batch} samples`],
    ['Steps', `${settings.steps}, evaluated before the first and every ${settings.evaluateEvery}`],
    ['Seeds', `${settings.seeds.join(', ')}; rows of one seed share initial weights and the order of the data`],
    ['Target', targetLine(target)],
    ['Seconds', settings.clock],
    ['Processes', `${settings.jobs} at a time, ${settings.threads} thread${settings.threads === 1 ? '' : 's'} each`],
    [
      'Hardware',
      `${hardware.cpu}, ${hardware.cores} threads, ${hardware.memoryGiB} GiB, ${hardware.system}, Node ${hardware.node}`,
    ],
    [
      'Versions',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ...Object.entries(commands).map(([name, command]) => [`Command: ${name}`, command] as const),
  ]
  return `<section id="settings"><h2>Settings</h2><dl>
${facts.map(([name, text]) => `<dt>${escapeHtml(name)}</dt><dd>${name.startsWith('Command') ? `<code>${escapeHtml(text)}</code>` : escapeHtml(text)}</dd>`).join('\n')}
</dl></section>`
}

function cellSection({ cells, rows }: Report): string {
  const titles = new Map(rows.map(({ name, title }) => [name, title]))
  const line = (cell: CellReport): string => {
    const { summary } = cell
    const texts =
      summary === undefined
        ? [cell.status, '', '', '', '', '', '', '']
        : [
            summary.diverged ? 'diverged' : 'done',
            cell.toTarget ? cell.toTarget.steps.toFixed(0) : 'never',
            cell.toTarget ? secondsText(cell.toTarget.seconds) : 'never',
            lossText(summary.finalLoss),
            lossText(summary.bestLoss),
            percent(summary.finalAccuracy),
            secondsText(summary.seconds),
            summary.finalRate === null ? '–' : significant(summary.finalRate, 3),
          ]
    return `<tr id="cell-${cell.id}"><td><code>${cell.id}</code></td><td>${escapeHtml(titles.get(cell.row) ?? cell.row)}</td><td class="number">${cell.seed}</td>${texts
      .map((text) => `<td class="number" ${cites([cell.id])}>${escapeHtml(text)}</td>`)
      .join('')}</tr>`
  }
  const heads = [
    'cell',
    'row',
    'seed',
    'status',
    'steps to target',
    'seconds',
    'final loss',
    'best loss',
    'final accuracy',
    'run s',
    'last rate',
  ]
  return `<section id="cells"><h2>Cells</h2><p class="note">One training run each; its events lie in <code>cells/&lt;cell&gt;/events.jsonl</code> beside this page.</p>
<div class="scroll"><table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>
${cells.map(line).join('\n')}
</tbody></table></div></section>`
}
