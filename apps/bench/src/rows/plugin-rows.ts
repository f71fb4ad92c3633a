import {
  type CurvatureEstimator,
  type Direction,
  EosError,
  type NoiseTracker,
  type RateRule,
  type Readout,
  type State,
} from '@eos-sgd/core'
import { type Boundary, dimensionlessBoundary, gainBoundary, missionBoundary, track } from '@eos-sgd/optimizers'
import { type EosSgdOptions, eosSgd } from 'eos-sgd'
import type { PartNames, RowSpec } from '../matrix/spec.ts'
import { checkEvery } from './contact-rows.ts'
import { inGradients } from './cost.ts'
import { usualCadence } from './formula.ts'
import { loadPlugin, type PluginKind, pluginKinds } from './plugins.ts'
import type { BuiltRow, RowInfo } from './row.ts'

/** Plugins by kind, each a list: the rows are the product. */
export type PluginLists = Readonly<Partial<Record<PluginKind, readonly string[]>>>

/** One row for each combination of the lists. */
export function pluginRows(lists: PluginLists): readonly RowSpec[] {
  let rows: readonly PartNames[] = [{}]
  for (const kind of pluginKinds) {
    const names = lists[kind]
    if (names && names.length > 0) rows = rows.flatMap((parts) => names.map((name) => ({ ...parts, [kind]: name })))
  }
  return rows.filter((parts) => Object.keys(parts).length > 0).map((parts) => ({ name: partsText(parts), parts }))
}

const partsText = (parts: PartNames): string =>
  pluginKinds
    .flatMap((kind) => parts[kind] ?? [])
    .map((name) => name.split('/').at(-1))
    .join(' + ')

export const pluginRowInfo = ({ name, parts = {} }: RowSpec): RowInfo => ({
  name,
  kind: 'plugin',
  title: `with ${name.length > 23 ? `${name.slice(0, 22)}…` : name}`,
  description: `EoS-SGD with ${Object.entries(parts)
    .map(([kind, plugin]) => `the ${kind} ${plugin}`)
    .join(', ')}; the rest as it comes.`,
})

/**
 * EoS-SGD with the named parts. Without a rate rule: `track` where a curvature estimator is named, or a noise tracker
 * without the signals that `contact` needs, with a boundary that reads the tracker; else `contact`.
 */
export async function buildPluginRow({ parts = {} }: RowSpec): Promise<BuiltRow> {
  const load = async <T>(kind: PluginKind): Promise<T | undefined> =>
    parts[kind] === undefined ? undefined : ((await loadPlugin(kind, parts[kind])) as T)
  const [direction, named, curvature, noise, readout] = [
    await load<Direction<State>>('direction'),
    await load<RateRule<unknown>>('rate'),
    await load<CurvatureEstimator<State>>('curvature'),
    await load<NoiseTracker<State>>('noise'),
    await load<Readout>('readout'),
  ]
  const tracks = curvature !== undefined || (noise !== undefined && !noise.signals.includes('gap'))
  const rate = named ?? (tracks ? (track({ boundary: boundaryFor(noise) }) as RateRule<unknown>) : undefined)
  if (curvature && rate && !rate.needs.includes('sharpness'))
    throw new EosError(
      'PLUGIN',
      `The rate rule ${rate.name} reads no sharpness, so the curvature plugin ${curvature.name} would do nothing.`,
      {
        hint: 'Use --rate track, or leave --rate out.',
      },
    )
  const options = Object.fromEntries(
    Object.entries({ direction, rate, curvature, noise, readout }).filter(([, part]) => part !== undefined),
  ) as EosSgdOptions
  const cost =
    1 +
    (curvature ? inGradients(curvature.cost) / usualCadence : 0) +
    (noise ? inGradients(noise.cost) / checkEvery : 0)
  return { algorithm: eosSgd(options), gain: direction?.gain ?? null, cost }
}

/** The boundary that makes most of what a tracker provides. */
function boundaryFor(noise: NoiseTracker<State> | undefined): Boundary {
  if (!noise?.signals.includes('variance')) return gainBoundary()
  return noise.signals.includes('squaredGradient') ? dimensionlessBoundary() : missionBoundary({ c: -1 })
}
