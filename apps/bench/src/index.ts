/**
 * What the `eos` command is made of, for programs: expansion of a matrix, analysis of event logs, reports.
 * @module
 */
export { type CellSummary, measuringShare, summarise } from './analysis/cell-summary.ts'
export { type PairedDifference, pairedDifference } from './analysis/paired.ts'
export { type CellSeries, type LoggedEvent, seriesOf } from './analysis/series.ts'
export { median, type Statistic, statistic } from './analysis/statistics.ts'
export { targetOf, timeToTarget } from './analysis/target.ts'
export { readEvents } from './matrix/event-log.ts'
export { expand, type MatrixPlan } from './matrix/expand.ts'
export { type Cell, type CellSpec, cellId, type RowSpec } from './matrix/spec.ts'
export { renderHtml } from './report/html.ts'
export type { CellReport, Report, RowReport } from './report/report.ts'
