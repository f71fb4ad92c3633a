import type { RowSpec } from '../matrix/spec.ts'
import { findRow } from './catalogue.ts'
import { buildPluginRow } from './plugin-rows.ts'
import type { BuiltRow, RowContext } from './row.ts'

/** The algorithm that a row spec names. */
export async function buildRow(spec: RowSpec, context: RowContext): Promise<BuiltRow> {
  return spec.parts ? buildPluginRow(spec) : findRow(spec.name).build({ ...context, spec })
}
