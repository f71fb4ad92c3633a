import type { RowKind } from '../rows/row.ts'

/** Rows that stand together in tables and figures. */
export interface Family {
  readonly id: string
  readonly title: string
  readonly kinds: readonly RowKind[]
}

const families: readonly Family[] = [
  { id: 'ablations', title: 'EoS-SGD and its ablations', kinds: ['default', 'ablation', 'plugin'] },
  { id: 'formula', title: 'The rate as a formula of the measured sharpness', kinds: ['formula'] },
  { id: 'baselines', title: 'Baselines', kinds: ['baseline'] },
  { id: 'checks', title: 'Conditions that must not matter', kinds: ['check'] },
]

/** Rows by family, in the order of the families; none of them empty. */
export function inFamilies<R extends { readonly kind: RowKind }>(
  rows: readonly R[],
): readonly { readonly family: Family; readonly rows: readonly R[] }[] {
  return families
    .map((family) => ({ family, rows: rows.filter(({ kind }) => family.kinds.includes(kind)) }))
    .filter((one) => one.rows.length > 0)
}
