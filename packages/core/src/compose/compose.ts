import { EosError } from '@eos-sgd/graph'
import type { Algorithm, Run } from '../contracts/algorithm.ts'
import {
  type CurvatureEstimator,
  contractVersion,
  type Decay,
  type Direction,
  type NoiseTracker,
  type Readout,
} from '../contracts/plugins.ts'
import type { DirectionFacts, Move, RateRule } from '../contracts/rate-rule.ts'
import type { Json, Scalars, State } from '../contracts/state.ts'
import { type ComposedState, composedPrograms, initialState, programOf } from './programs.ts'

/** What an optimizer is made of. */
export interface Parts<D extends State, H, C extends State, N extends State> {
  readonly direction: Direction<D>
  readonly rate: RateRule<H>
  /** The weights that are evaluated; the current ones by default. */
  readonly readout?: Readout
  readonly curvature?: CurvatureEstimator<C>
  readonly noise?: NoiseTracker<N>
  readonly decay?: Decay
  /** Largest Euclidean norm of the gradient that the direction sees, in loss per parameter. No clipping by default. */
  readonly clip?: number
}

/** Host state of a composed algorithm. */
export interface ComposedHost<H> {
  readonly rule: H
  /** Batches seen and steps accepted so far. */
  readonly batches: number
  readonly accepted: number
  /** Rate of the last accepted step; 0 before the first. */
  readonly rate: number
}

/**
 * An algorithm from independent parts: direction x rate rule x readout, with the estimator and tracker that the rule
 * asks signals of. Throws `SIGNAL_MISSING` when nobody provides a signal that the rule needs, `SIGNAL_CLASH` when
 * two parts provide the same, `CONTRACT_VERSION` for a plugin of another version, `CLIP` for a bad norm, and what the
 * rule or the estimator itself refuses.
 */
export function compose<D extends State, H, C extends State, N extends State>(
  parts: Parts<D, H, C, N>,
): Algorithm<ComposedState<D, C, N>, ComposedHost<H>, string> {
  const { direction, rate: rule, readout, curvature, noise } = parts
  check(parts)
  const facts: DirectionFacts = {
    name: direction.name,
    ...(direction.gain === undefined ? {} : { gain: direction.gain }),
    ...(direction.innerProduct === undefined ? {} : { innerProduct: direction.innerProduct }),
    ...(direction.contact ? { contact: direction.contact } : {}),
  }
  rule.accepts?.(facts)
  curvature?.accepts?.(facts)
  const measures = [curvature?.name, noise?.name].filter((name) => name !== undefined)
  return {
    name: [direction.name, rule.name, ...measures, readout?.name].filter((name) => name !== undefined).join(' + '),
    init: (context) => initialState(parts, context),
    programs: composedPrograms(parts),
    start: () => ({ rule: rule.start(), batches: 0, accepted: 0, rate: 0 }),
    *step(state) {
      const moves = rule.step(state.rule, facts)
      const weight = readout ? readout.weight(state.accepted + 1) : 1
      let { accepted, rate } = state
      let next = moves.next()
      while (!next.done) {
        const move = next.value
        const answer: Scalars = yield request(move, { rate: move.rate ?? rate, weight, step: state.batches + 1 })
        if (move.move === 'accept' || move.move === 'step') {
          accepted++
          rate = move.rate as number
        }
        next = moves.next(answer)
      }
      return { rule: next.value, batches: state.batches + 1, accepted, rate }
    },
    evaluation: (point, state) => (readout && !readout.last ? state.mean : point),
    report: (state): Readonly<Record<string, Json>> => ({ rate: state.rate, ...rule.report?.(state.rule) }),
  }

  function request(move: Move, scalars: Scalars): Run<string> {
    if ((move.move === 'accept' || move.move === 'step' || move.move === 'probe') && move.rate === undefined)
      throw new EosError('MOVE', `Rule "${rule.name}" yielded "${move.move}" without a rate.`, {
        hint: 'Give the move a rate.',
      })
    const program = programOf(move, noise?.signals ?? [])
    return move.move === 'restore' ? { program, scalars, rejects: true } : { program, scalars }
  }
}

function check<D extends State, H, C extends State, N extends State>(parts: Parts<D, H, C, N>): void {
  const { direction, rate, curvature, noise, clip } = parts
  for (const plugin of [direction, rate, parts.readout, curvature, noise, parts.decay])
    if (plugin?.version !== undefined && plugin.version !== contractVersion)
      throw new EosError(
        'CONTRACT_VERSION',
        `Plugin "${plugin.name}" was written for contract ${plugin.version}; this is ${contractVersion}.`,
        {
          hint: 'Install versions of the plugin and of @eos-sgd/core that belong together.',
        },
      )
  const fromCurvature = curvature ? ['sharpness', 'residual'] : []
  const fromNoise = noise?.signals ?? []
  const clash = fromNoise.find((signal) =>
    ['sharpness', 'residual', 'loss', 'slope', 'along', 'scale', 'weights', 'length'].includes(signal),
  )
  if (noise && clash)
    throw new EosError('SIGNAL_CLASH', `Noise tracker "${noise.name}" provides "${clash}", a name that is taken.`, {
      hint: 'Rename the signal.',
    })
  const missing = rate.needs.filter((signal) => !fromCurvature.includes(signal) && !fromNoise.includes(signal))
  if (missing.length > 0)
    throw new EosError(
      'SIGNAL_MISSING',
      `Rule "${rate.name}" needs ${missing.map((s) => `"${s}"`).join(' and ')}, which nothing here provides.`,
      {
        hint: missing.includes('sharpness')
          ? 'Add a curvature estimator, for example powerIteration().'
          : 'Add a noise tracker that provides it, for example temperature() for gap and drop, movingAverage() for variance.',
      },
    )
  if (clip !== undefined && !(clip > 0))
    throw new EosError('CLIP', `The clipping norm must be positive, got ${clip}.`, {
      hint: 'Leave it out for no clipping.',
    })
}
