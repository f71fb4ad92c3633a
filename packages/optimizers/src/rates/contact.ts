import { type DirectionFacts, defineRateRule, type Json, type Move, type RateRule, type Scalars } from '@eos-sgd/core'
import { type ContactOptions, type ContactSettings, contactConstants, contactSettings } from './contact-options.ts'
import { type ContactState, contactStart, secantShare } from './contact-state.ts'
import { lineSearch } from './line-search.ts'
import { afterRejection, isOutlier, withLoss } from './loss-statistics.ts'

/** Weight of the newest value in the secant's averages. */
const secantWeight = 0.15
/** The temperature lowers the rate by at most this factor per batch. */
const fastest = Math.log(1.15)
/** Earliest contact, earliest snapshot, and steps from contact to the first re-raise. */
const earliestContact = 5
const earliestMark = 8
const settling = 16

/**
 * The rule `contact`: a rate that needs no tuning. No constant of it has the units of the problem.
 *
 * - Start: a line search on the first batch, of which it takes the share `start`.
 * - Ramp: `rate *= 1 + growth` each step until *first contact*: the secant share
 *   `h = EMA(<g_t, u_(t-1)>)/EMA(<g_(t-1), u_(t-1)>) = (1 - nu) - rate * sharpness` falls to 0.
 * - Hold `hold` times the rate at contact. Every `every` batches, with gap `L(theta) - L(mean)` and progress
 *   `(L(older mean) - L(mean))/log2(t/t_older)`, averaged: temperature, `s = (ratio D - gap)/(ratio |D| + |gap|)`;
 *   where `s < 0` and `t >= 2 t_contact`, `rate *= exp(max(-every ln 1.15, gain s every/t))`. Or re-raise by
 *   `exp(raise)`, where `gap < 0` and `h > 0`: below the edge and not limited by noise.
 * - A batch that is not finite, or whose loss is an outlier and twice the mean's, is rejected: back to the mean, half
 *   the rate. The training loop sees the move `restore`.
 *
 * Cost: 5 to 8 forwards once, two forwards every `every` batches. Source: controller.md, section 2.
 */
export function contact(options: ContactOptions = {}): RateRule<ContactState> {
  const settings = contactSettings(options)
  return defineRateRule({
    name: 'contact',
    needs: settings.temperature === false ? [] : ['gap', 'drop'],
    accepts: (direction) => void contactConstants(settings, direction),
    start: () => contactStart(settings.guess),
    step: (state, direction) => step(settings, state, direction),
    report,
  })
}

function* step(c: ContactSettings, h: ContactState, direction: DirectionFacts): Generator<Move, ContactState, Scalars> {
  const constants = contactConstants(c, direction)
  const t = h.t + 1
  const starting = h.phase === 'start'
  const checks = c.temperature !== false && t % c.every === 0
  const signals = [...(checks ? ['gap', 'drop'] : []), ...(starting ? ['weights', 'length'] : [])]
  const m = yield { move: 'measure', signals }
  const { loss, slope, along } = m as { loss: number; slope: number; along: number }

  if (!(yield* accepted(c, h, loss, slope))) {
    yield { move: 'restore' }
    const rate = h.rate === null ? null : h.rate / 2
    return { ...h, ...afterRejection(h), t, rate, rejections: h.rejections + 1 }
  }

  const losses = withLoss(h, loss)
  const hn = h.hn + secantWeight * (along - h.hn)
  const hd = h.hd + secantWeight * (h.slope - h.hd)
  let { phase, gap, progress, marks, contactAt, note } = h
  let rate = h.rate as number

  if (starting) {
    const { weights, length } = m as { weights: number; length: number }
    if (!(length > 0)) {
      // Nothing moves on this batch (a zero gradient): the search begins with the next one.
      yield { move: 'accept', rate: 0 }
      return { ...h, ...losses, t }
    }
    rate = h.rate ?? (1e-3 * (weights > 0 ? weights : 1)) / length
    if (slope > 0) rate = yield* lineSearch(rate, loss, slope)
    else note = 'no descent along the direction on the first batch: the guess was taken as it is'
    rate *= constants.start
    phase = 'ramp'
  }

  if (checks && Number.isFinite(m['gap']) && Number.isFinite(m['drop'])) {
    const weight = Math.min(1, (c.memory + 1) / (t / c.every + c.memory))
    const average = (old: number | null, now: number): number => (old === null ? now : old + weight * (now - old))
    const doublings = Math.max(1, Math.log2(t / Math.max(1, marks[0])))
    gap = average(gap, m['gap'] as number)
    progress = average(progress, (m['drop'] as number) / doublings)
    if (phase === 'hold') rate *= heat(c, constants.ratio, { t, gap, progress, contactAt, below: hd > 0 && hn > 0 })
  }
  if (phase === 'ramp') {
    if (t >= earliestContact && hd > 0 && hn <= 0) {
      rate *= constants.hold
      phase = 'hold'
      contactAt = t
      gap = null
      progress = null
    } else rate *= 1 + constants.growth
  }
  if (checks && t >= earliestMark && t >= 2 * marks[1]) {
    yield { move: 'mark' }
    marks = [marks[1], t]
  }
  yield { move: 'accept', rate }
  const secantRate = starting ? null : h.rate
  return { ...h, ...losses, phase, rate, secantRate, t, hn, hd, slope, gap, progress, marks, contactAt, note }
}

/** Whether a batch is to be trusted: finite, and not both an outlier and twice the stored mean's loss on it. */
function* accepted(
  c: ContactSettings,
  h: ContactState,
  loss: number,
  slope: number,
): Generator<Move, boolean, Scalars> {
  if (!Number.isFinite(loss) || !Number.isFinite(slope)) return false
  if (!c.rejection || c.temperature === false || !isOutlier(h, loss)) return true
  const atMean = yield { move: 'observe', signals: ['gap'] }
  return !(loss - (atMean['gap'] as number) < 0.5 * loss)
}

interface Check {
  readonly t: number
  readonly gap: number
  readonly progress: number
  readonly contactAt: number
  /** Below the edge: the secant share is positive. */
  readonly below: boolean
}

/** The factor by which a check in the hold phase changes the rate. */
function heat(c: ContactSettings, ratio: number, { t, gap, progress, contactAt, below }: Check): number {
  if (c.raise > 0 && t >= contactAt + settling && gap < 0 && below) return Math.exp(c.raise)
  const s = (ratio * progress - gap) / (ratio * Math.abs(progress) + Math.abs(gap) + 1e-30)
  if (!(s < 0 && t >= 2 * contactAt)) return 1
  const change = Math.max(-c.every * fastest, (c.gain * s * c.every) / t)
  return Math.exp(c.temperature === 'reversed' ? -change : change)
}

function report(state: ContactState): Readonly<Record<string, Json>> {
  const { phase, rate, secantRate, contactAt, gap, progress, rejections, note } = state
  const h = secantShare(state)
  const sharpness = h !== null && secantRate !== null && secantRate > 0 ? (1 - h) / secantRate : null
  return { phase, rate, h, sharpness, contactAt, gap, progress, rejections, ...(note === null ? {} : { note }) }
}
