import type { Report } from '../report.ts'
import { rateFigure, sharpnessFigure, varianceFigure } from './edge.ts'
import { accuracyFigure, lossFigure } from './evaluation.ts'
import type { Figure } from './figure.ts'
import { noiseFigure } from './noise.ts'
import { overview } from './overview.ts'

const all = [overview, lossFigure, accuracyFigure, sharpnessFigure, rateFigure, noiseFigure, varianceFigure]

/** Every figure for which the run has curves. */
export function figures(report: Report): readonly Figure[] {
  const rows = report.rows.filter(({ cells }) => cells.length > 0)
  if (rows.length === 0) return []
  return all.map((figure) => figure(report, rows)).filter((figure) => figure !== undefined)
}
