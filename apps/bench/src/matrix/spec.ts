import { createHash } from 'node:crypto'

/** Plugins of a row by name or package; what is left out is the default of the rate rule. */
export interface PartNames {
  readonly direction?: string
  readonly rate?: string
  readonly curvature?: string
  readonly noise?: string
  readonly readout?: string
}

/** Names an algorithm completely: a row of the catalogue with its rate, or a row made of plugins. */
export interface RowSpec {
  readonly name: string
  /** Peak rate, for rows that do not find their own. */
  readonly rate?: number
  readonly parts?: PartNames
}

/** Everything that decides what a cell computes. The hash of it is the cell's id. */
export interface CellSpec {
  readonly workload: string
  readonly row: RowSpec
  readonly seed: number
  readonly steps: number
  readonly evaluateEvery: number
  readonly threads: number
  /** Packages and engine by version, and a hash of the code. */
  readonly versions: Readonly<Record<string, string>>
}

/** A cell of the matrix: one training run. */
export interface Cell {
  readonly id: string
  readonly spec: CellSpec
}

type Jsonable =
  | null
  | boolean
  | number
  | string
  | readonly Jsonable[]
  | { readonly [key: string]: Jsonable | undefined }

/** JSON with sorted keys, so that equal values have equal text. */
export function canonicalJson(value: Jsonable): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item as Jsonable)).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const fields = Object.entries(value as { readonly [key: string]: Jsonable | undefined })
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item as Jsonable)}`).join(',')}}`
}

/** Sixteen hexadecimal digits of the sha256 of the canonical spec. */
export const cellId = (spec: CellSpec): string =>
  createHash('sha256')
    .update(canonicalJson(spec as unknown as Jsonable))
    .digest('hex')
    .slice(0, 16)

export const cellOf = (spec: CellSpec): Cell => ({ id: cellId(spec), spec })
