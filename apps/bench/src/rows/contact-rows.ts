import { type AnyAlgorithm, compose, type Direction, type State } from '@eos-sgd/core'
import { temperature } from '@eos-sgd/noise'
import { type ContactOptions, contact, orthogonalisedMomentum, polynomialAverage } from '@eos-sgd/optimizers'
import { inGradients } from './cost.ts'
import { defaultRow } from './names.ts'
import type { BuiltRow, Row } from './row.ts'

/** Steps between two checks of the temperature in the rule `contact`. */
export const checkEvery = 8
const contactCost = 1 + inGradients(temperature().cost) / checkEvery

/** A row with the direction of the default. */
export const orthogonal = (algorithm: AnyAlgorithm, cost: number = contactCost): BuiltRow => ({
  algorithm,
  cost,
  gain: orthogonalisedMomentum().gain ?? null,
})

/** Another direction under the rule `contact`; decay and re-raise belong to the default direction. */
export function otherDirection<S extends State>(direction: Direction<S>, constants: ContactOptions = {}): BuiltRow {
  const rate = contact({ ...constants, raise: 0 })
  return {
    algorithm: compose({ direction, rate, noise: temperature(), readout: polynomialAverage() }),
    cost: contactCost,
    gain: direction.gain ?? null,
  }
}

/** A row in which one part of the default is exchanged. */
export const ablation = (row: Omit<Row, 'kind' | 'change'>, part: NonNullable<Row['change']>['part']): Row => ({
  ...row,
  kind: 'ablation',
  change: { part, from: defaultRow },
})
