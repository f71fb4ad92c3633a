import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

/** One line of a panel. Points that are not finite break it. */
export interface Line {
  readonly points: readonly (readonly [number, number | null])[]
  /** A CSS colour, mostly a variable of the page. */
  readonly color: string
  readonly width?: number
  readonly dash?: string
  /** Written at the line's last point. */
  readonly label?: string
}

/** A small chart over steps; the page gives it a caption. */
export interface Panel {
  /** For people who cannot see it. */
  readonly description: string
  readonly lines: readonly Line[]
  /** Horizontal lines. */
  readonly rules?: readonly { readonly y: number; readonly color: string; readonly dash?: string }[]
}

/** What the panels of a figure share, so that they can be compared. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly steps: number
  readonly scale: 'linear' | 'log' | 'symlog'
  readonly domain: readonly [number, number]
  /** Linear up to here, for `symlog`. */
  readonly constant?: number
  /** Room for labels at the right. */
  readonly marginRight?: number
  readonly yLabel?: string
  readonly percent?: boolean
}

/** A panel as an SVG element in text form. Colours may be CSS variables: the page decides, dark or light. */
export function panelSvg({ description, lines, rules = [] }: Panel, frame: Frame): string {
  const { document } = parseHTML('<html><body></body></html>')
  const [low, high] = frame.domain
  // Plot would draw outside of the frame; a curve that leaves it continues at its border.
  const inside = (value: number | null): number =>
    value === null || !Number.isFinite(value) || (frame.scale === 'log' && value <= 0)
      ? Number.NaN
      : Math.min(high, Math.max(low, value))
  const svg = Plot.plot({
    document: document as unknown as Document,
    width: frame.width,
    height: frame.height,
    marginLeft: 46,
    marginRight: frame.marginRight ?? 16,
    marginTop: 10,
    marginBottom: 24,
    ariaLabel: description,
    style: { background: 'none', color: 'inherit', fontFamily: 'inherit', fontSize: '10px' },
    x: { domain: [0, frame.steps], ticks: frame.width > 400 ? 8 : 3, label: null },
    y: {
      type: frame.scale,
      domain: [low, high],
      ...(frame.scale === 'symlog' ? { constant: frame.constant ?? 1 } : {}),
      ticks: yTicks(frame),
      tickFormat: (value: number) =>
        frame.percent ? `${Number((100 * value).toPrecision(3))} %` : tickText(Number(value.toPrecision(3))),
      grid: true,
      label: frame.yLabel ?? null,
    },
    marks: [
      ...rules.map(({ y, color, dash }) =>
        Plot.ruleY([inside(y)], { stroke: color, strokeWidth: 1, ...(dash ? { strokeDasharray: dash } : {}) }),
      ),
      ...lines.map(({ points, color, width = 1.25, dash }) =>
        Plot.line(points, {
          x: (point: readonly [number, number | null]) => point[0],
          y: (point: readonly [number, number | null]) => inside(point[1]),
          stroke: color,
          strokeWidth: width,
          ...(dash ? { strokeDasharray: dash } : {}),
        }),
      ),
      ...labels(lines, inside),
    ],
  })
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  svg.setAttribute('role', 'img')
  svg.removeAttribute('class')
  for (const style of svg.querySelectorAll('style')) style.remove()
  return compact(svg.outerHTML)
}

function labels(lines: readonly Line[], inside: (value: number | null) => number): readonly Plot.Markish[] {
  const ends = lines.flatMap(({ points, label, color }) => {
    const last = points.findLast(([, value]) => Number.isFinite(inside(value)))
    return label === undefined || !last ? [] : [{ x: last[0], y: inside(last[1]), label, color }]
  })
  return ends.map(({ x, y, label, color }) =>
    Plot.text([label], { x: [x], y: [y], fill: color, textAnchor: 'start', dx: 4, fontSize: 10 }),
  )
}

/** At powers of ten on a logarithmic scale, between them where few fit in. */
function yTicks({ scale, domain: [low, high], constant = 1 }: Frame): number | number[] {
  if (scale === 'linear') return 4
  if (scale === 'symlog') {
    // The first decade beyond the linear part would be written over zero.
    const decades = Math.log10(Math.max(-low, high) / constant)
    const step = Math.max(1, Math.round(decades / 2))
    const powers: number[] = []
    for (let decade = Math.floor(decades); decade >= 1; decade -= step) powers.push(constant * 10 ** decade)
    return [...powers.map((value) => -value), 0, ...powers].filter((value) => value >= low && value <= high)
  }
  const decades = Math.log10(high / low)
  const factors =
    decades < 0.7 ? [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9] : decades < 1.5 ? [1, 2, 5] : decades < 2.5 ? [1, 3] : [1]
  const step = Math.max(1, Math.ceil(decades / 5))
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += step)
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(3))
      if (tick >= low && tick <= high) ticks.push(tick)
    }
  return ticks
}

const tickText = (value: number): string => {
  const size = Math.abs(value)
  if (value === 0) return '0'
  return size >= 1e-3 && size < 1e4 ? String(Number(value.toPrecision(3))) : value.toExponential(0).replace('e+', 'e')
}

/** Coordinates with one decimal: half the size, nothing to see of it. */
const compact = (svg: string): string =>
  svg
    .replace(
      / (d|transform|x|y|x1|x2|y1|y2)="([^"]*)"/g,
      (_, name: string, value: string) => ` ${name}="${value.replace(/(\d+\.\d)\d+/g, '$1')}"`,
    )
    .replace(/ class="[^"]*"/g, '')

/** A domain that holds the given share of the values; logarithmic ones only the positive. */
export function domainOf(
  values: readonly (number | null)[],
  scale: Frame['scale'],
  keep = 0.99,
): readonly [number, number] {
  const usable = values
    .filter((value): value is number => value !== null && Number.isFinite(value) && (scale !== 'log' || value > 0))
    .sort((a, b) => a - b)
  if (usable.length === 0) return scale === 'log' ? [0.1, 1] : [0, 1]
  const cut = Math.floor((usable.length - 1) * (1 - keep))
  const low = usable[cut] as number
  const high = usable[usable.length - 1 - cut] as number
  if (scale === 'log') return low === high ? [low / 2, high * 2] : [low / 1.1, high * 1.1]
  const room = low === high ? Math.abs(low) || 1 : (high - low) * 0.05
  return [low - room, high + room]
}
