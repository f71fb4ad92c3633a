import { unknownName } from '../command/errors.ts'
import type { RowSpec } from '../matrix/spec.ts'
import { catalogue } from './catalogue.ts'
import { buildPluginRow } from './plugin-rows.ts'
import type { BuiltRow, RowContext } from './row.ts'

/** The algorithm that a row spec names. */
export async function buildRow(spec: RowSpec, context: RowContext): Promise<BuiltRow> {
  if (spec.parts) return buildPluginRow(spec)
  const row = catalogue.find(({ name }) => name === spec.name)
  if (!row)
    throw unknownName(
      'row',
      spec.name,
      catalogue.map(({ name }) => name),
    )
  return row.build({ ...context, spec })
}
