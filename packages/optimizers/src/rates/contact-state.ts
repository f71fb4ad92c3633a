import { type LossStatistics, noLosses } from './loss-statistics.ts'

/**
 * Host state of the rule `contact`: plain JSON, `null` for what is not known yet. Rates in the direction's unit,
 * losses in the loss's.
 */
export interface ContactState extends LossStatistics {
  readonly phase: 'start' | 'ramp' | 'hold'
  /** Rate of the last accepted step; before the first, the guess. */
  readonly rate: number | null
  /** Rate of the step that `hn` and `hd` speak of: the one before the last accepted. */
  readonly secantRate: number | null
  /** Batches seen, rejected ones included. */
  readonly t: number
  /** EMA of `<g_t, u_(t-1)>` and of `<g_(t-1), u_(t-1)>`; `h` is their ratio. */
  readonly hn: number
  readonly hd: number
  /** `<g, u>` of the last accepted step. */
  readonly slope: number
  /** Averages of `L(theta) - L(mean)` and of the mean's descent per doubling of the steps. */
  readonly gap: number | null
  readonly progress: number | null
  /** Steps at which the older and the newer snapshot of the mean were taken; 0 for the initial weights. */
  readonly marks: readonly [number, number]
  /** Step of first contact; 0 before it. */
  readonly contactAt: number
  readonly rejections: number
  /** What was odd at the start, in words. */
  readonly note: string | null
}

export const contactStart = (guess: number | null): ContactState => ({
  phase: 'start',
  rate: guess,
  secantRate: null,
  t: 0,
  hn: 0,
  hd: 0,
  slope: 0,
  ...noLosses,
  gap: null,
  progress: null,
  marks: [0, 0],
  contactAt: 0,
  rejections: 0,
  note: null,
})

/** `h`, the share of the slope along the last direction that is left after the step; null before it can be read. */
export const secantShare = ({ hn, hd }: Pick<ContactState, 'hn' | 'hd'>): number | null => (hd > 0 ? hn / hd : null)
