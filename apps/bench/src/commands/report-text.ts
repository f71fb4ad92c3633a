import path from 'node:path'
import type { Claim } from '../report/acceptance.ts'
import type { Report } from '../report/report.ts'
import { textTable } from '../report/text-table.ts'
import { wrap } from '../report/wrap.ts'

const claimText = ({ aim, measured, holds }: Claim): string =>
  wrap(`${holds ? 'yes' : 'NO '}  ${aim} Measured: ${measured}.`).replaceAll('\n', '\n     ')

/** What a person reads on the terminal: the table, the stated aims, what it comes to, which part earns what, and where the page lies. */
export const reportText = (report: Report, html: string): string =>
  [
    textTable(report),
    ...(report.claims.length > 0 ? [report.claims.map(claimText).join('\n')] : []),
    report.headline.map((text) => wrap(text)).join('\n'),
    ...(report.earnings.length > 0 ? [report.earnings.map((text) => wrap(text)).join('\n')] : []),
    `Report: ${path.relative(process.cwd(), html)}`,
  ].join('\n\n')
