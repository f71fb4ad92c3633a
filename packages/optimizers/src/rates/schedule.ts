import { defineRateRule, EosError, type RateRule } from '@eos-sgd/core'
import { fraction, positive, whole } from '../options.ts'

/** Batches seen so far. */
export interface ScheduleState {
  readonly t: number
}

/**
 * A rate that is known beforehand: step t (from 0) uses `rate(t)`. One fused move per batch, so it costs what a
 * plain optimizer costs. Throws `RATE` when the function gives something that is not a number.
 */
export const schedule = (rate: (t: number) => number, name = 'schedule'): RateRule<ScheduleState> =>
  defineRateRule({
    name,
    needs: [],
    start: () => ({ t: 0 }),
    *step({ t }) {
      const now = rate(t)
      if (!Number.isFinite(now))
        throw new EosError('RATE', `Rule "${name}" gave the rate ${now} for step ${t}.`, {
          hint: 'A schedule must give a finite number for every step.',
        })
      yield { move: 'step', rate: now }
      return { t: t + 1 }
    },
  })

/** The same rate at every step. */
export function constant(rate: number): RateRule<ScheduleState> {
  positive('constant', 'rate', rate)
  return schedule(() => rate, 'constant')
}

/** `rate * min(1, (t + 1)/steps)`: a linear rise over `steps` steps, then constant. */
export function warmUp(rate: number, steps: number): RateRule<ScheduleState> {
  positive('warmUp', 'rate', rate)
  whole('warmUp', 'steps', steps)
  return schedule((t) => rate * Math.min(1, (t + 1) / steps), 'warm-up')
}

/** Options of {@link linearDecay}. */
export interface LinearDecayOptions {
  readonly rate: number
  /** Length of the run, after which the rate no longer changes. */
  readonly steps: number
  /** Steps of a linear rise at the start; 20 by default. */
  readonly warmUp?: number
}

/** `rate * min(1, (t + 1)/warmUp) * max(0, 1 - t/steps)`: the usual schedule of a tuned baseline. */
export function linearDecay({ rate, steps, warmUp: rise = 20 }: LinearDecayOptions): RateRule<ScheduleState> {
  positive('linearDecay', 'rate', rate)
  whole('linearDecay', 'steps', steps)
  whole('linearDecay', 'warmUp', rise)
  return schedule((t) => rate * Math.min(1, (t + 1) / rise) * Math.max(0, 1 - t / steps), 'linear decay')
}

/** Options of {@link cosineDecay}. */
export interface CosineDecayOptions extends LinearDecayOptions {
  /** The share of the rate that is left at the end and from there on, in [0, 1). 0 by default. */
  readonly floor?: number
}

/**
 * `rate * min(1, (t + 1)/warmUp) * (floor + (1 - floor)(1 + cos(pi min(1, t/steps)))/2)`: half a cosine, without
 * restarts (Loshchilov and Hutter 2017). With `warmUp: 1` PyTorch's `CosineAnnealingLR` of `eta_min = floor * rate`
 * for the length of the run.
 */
export function cosineDecay(options: CosineDecayOptions): RateRule<ScheduleState> {
  const { rate, steps, warmUp: rise = 20, floor = 0 } = options
  positive('cosineDecay', 'rate', rate)
  whole('cosineDecay', 'steps', steps)
  whole('cosineDecay', 'warmUp', rise)
  fraction('cosineDecay', 'floor', floor)
  const wave = (t: number): number => (1 + Math.cos(Math.PI * Math.min(1, t / steps))) / 2
  return schedule((t) => rate * Math.min(1, (t + 1) / rise) * (floor + (1 - floor) * wave(t)), 'cosine decay')
}
