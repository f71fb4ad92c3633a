import { type ContactConstants, type DirectionFacts, EosError } from '@eos-sgd/core'
import { notNegative, positive, whole } from '../options.ts'

/** Options of the rule `contact`. The first four belong to the direction and come from it unless given here. */
export interface ContactOptions extends Partial<ContactConstants> {
  /** Batches between checks of the temperature. 8 by default; 16 is cheaper. */
  readonly every?: number
  /** How fast the temperature cools: `rate *= exp(gain * s * every/t)`. 8 by default. */
  readonly gain?: number
  /** Logarithm of the re-raise; 0 disables it. 0.2 by default. */
  readonly raise?: number
  /** Checks that the averages of gap and progress remember at first: weight `min(1, (memory+1)/(checks+memory))`. 8. */
  readonly memory?: number
  /** Where the line search starts, in the direction's unit. By default `1e-3 |theta|/|u|`. */
  readonly guess?: number | null
  /**
   * The noise term. `true`: too much noise lowers the rate. `false`: no temperature and no re-raise, so no tracker is
   * needed (and without one only batches that are not finite are rejected). `reversed`: it raises the rate instead,
   * for comparison.
   */
  readonly temperature?: boolean | 'reversed'
  /** Whether a batch of outlying loss sends the run back to its mean. Batches that are not finite always do. */
  readonly rejection?: boolean
}

/** Options with their defaults; the direction's constants may still be missing. */
export type ContactSettings = Required<Omit<ContactOptions, keyof ContactConstants>> & Partial<ContactConstants>

const constants = ['growth', 'hold', 'start', 'ratio'] as const

/** Fills in the defaults and refuses what makes no sense; throws `OPTION`. */
export function contactSettings(options: ContactOptions): ContactSettings {
  const settings = {
    every: 8,
    gain: 8,
    raise: 0.2,
    memory: 8,
    guess: null,
    temperature: true,
    rejection: true,
    ...options,
  }
  for (const key of constants) if (settings[key] !== undefined) positive('contact', key, settings[key])
  whole('contact', 'every', settings.every)
  positive('contact', 'gain', settings.gain)
  notNegative('contact', 'raise', settings.raise)
  notNegative('contact', 'memory', settings.memory)
  if (settings.guess !== null) positive('contact', 'guess', settings.guess)
  return settings
}

/** The constants for a direction: explicit options first, then its own. Throws `CONTACT_CONSTANTS` where one lacks. */
export function contactConstants(settings: ContactSettings, direction: DirectionFacts): ContactConstants {
  const known: Partial<ContactConstants> = { ...direction.contact, ...present(settings) }
  const missing = constants.filter((key) => known[key] === undefined)
  if (missing.length > 0)
    throw new EosError(
      'CONTACT_CONSTANTS',
      `Rule "contact" cannot steer direction "${direction.name}": it declares no ${missing.join(', ')}.`,
      { hint: `Give them as options: contact({ ${missing.map((key) => `${key}: ...`).join(', ')} }).` },
    )
  return known as ContactConstants
}

const present = (settings: ContactSettings): Partial<ContactConstants> =>
  Object.fromEntries(constants.flatMap((key) => (settings[key] === undefined ? [] : [[key, settings[key]]])))
