import type { Tensor, Vector } from '@eos-sgd/graph'
import type { Outputs } from '../contracts/algorithm.ts'
import type { EdgeContext, InitContext, StepContext } from '../contracts/context.ts'
import type { Move } from '../contracts/rate-rule.ts'
import type { Point, State, Stateless } from '../contracts/state.ts'
import type { Parts } from './compose.ts'

/** Device state of the parts, committed or proposed. */
interface PartStates<D extends State, C extends State, N extends State> {
  readonly [key: string]: State
  readonly direction: D
  readonly curvature: C | Stateless
  readonly noise: N | Stateless
}

/** Device state of a composed algorithm. `proposed` is what `measure` found and `accept` commits. */
export interface ComposedState<D extends State, C extends State, N extends State> extends PartStates<D, C, N> {
  readonly mean: { readonly params: Vector; readonly buffers: Vector }
  /** The direction of the last accepted step; zero before the first. */
  readonly previous: Vector
  readonly proposed: PartStates<D, C, N> & { readonly update: Vector; readonly buffers: Vector }
}

export function initialState<D extends State, H, C extends State, N extends State>(
  parts: Parts<D, H, C, N>,
  context: InitContext,
): ComposedState<D, C, N> {
  const states = {
    direction: parts.direction.init(context),
    curvature: parts.curvature?.init(context) ?? {},
    noise: parts.noise?.init(context) ?? {},
  }
  const { params, buffers } = context.point
  const zero = context.zeros()
  return { ...states, mean: { params, buffers }, previous: zero, proposed: { ...states, update: zero, buffers } }
}

/** The program that answers a move: `measure+noise`, `accept`, ... */
export function programOf(move: Move, noiseSignals: readonly string[]): string {
  const signals = move.signals ?? []
  const wants = (names: readonly string[]): boolean => signals.some((signal) => names.includes(signal))
  return [
    move.move,
    ...(wants(['sharpness', 'residual']) ? ['curvature'] : []),
    ...(wants(noiseSignals) ? ['noise'] : []),
    ...(wants(['weights', 'length']) ? ['lengths'] : []),
  ].join('+')
}

type Build<S> = (context: StepContext, state: S) => Outputs<S>

/** All programs that the moves of a rule can ask for; each is a pure function of context and state. */
export function composedPrograms<D extends State, H, C extends State, N extends State>(
  parts: Parts<D, H, C, N>,
): Record<string, Build<ComposedState<D, C, N>>> {
  type S = ComposedState<D, C, N>
  const gain = parts.direction.gain === undefined ? {} : { gain: parts.direction.gain }

  /** The average with this iterate in it. */
  const meanWith = (context: StepContext, state: S, buffers: Vector): Point => {
    const { params } = context.point
    if (!parts.readout || parts.readout.last) return { params, buffers }
    const weight = context.scalars['weight'] as Tensor
    return { params: state.mean.params.lerp(params, weight), buffers: state.mean.buffers.lerp(buffers, weight) }
  }

  /** What estimator and tracker find, from and to the given states. */
  const signals = (context: EdgeContext, states: PartStates<D, C, N>, wanted: ReadonlySet<string>) => {
    const metrics: Record<string, Tensor> = {}
    let { curvature, noise } = states
    if (parts.curvature && wanted.has('curvature')) {
      const found = parts.curvature.estimate(context, curvature as C)
      Object.assign(
        metrics,
        found.diagnostics,
        { sharpness: found.sharpness },
        found.residual ? { residual: found.residual } : {},
      )
      curvature = found.state
    }
    if (parts.noise && wanted.has('noise')) {
      const found = parts.noise.update(context, noise as N)
      Object.assign(metrics, found.diagnostics, found.signals)
      noise = found.state
    }
    return { metrics, curvature, noise }
  }

  const propose = (context: StepContext, state: S, wanted: ReadonlySet<string>) => {
    const limited = parts.clip === undefined ? context : clipped(context, parts.clip)
    const found = parts.direction.direction(limited, state.direction)
    const buffers = context.buffersAfter()
    const edge: EdgeContext = {
      ...context,
      direction: found.direction,
      previousDirection: state.previous,
      geometry: found.geometry,
      ...(found.scale ? { scale: found.scale } : {}),
      ...gain,
      mean: meanWith(context, state, buffers),
    }
    return { ...found, ...signals(edge, state, wanted), buffers, loss: context.loss() }
  }

  const accept = (context: StepContext, state: S, update: Vector, buffers: Vector): { point: Point; mean: Point } => {
    const { rate, step } = context.scalars as { rate: Tensor; step: Tensor }
    const { params } = context.point
    const decayed = parts.decay ? parts.decay.apply(params, update, rate, step) : params
    const moved = decayed.map(
      (leaf, w, u) => (leaf.frozen ? params.get(leaf.name) : w.sub((u as Tensor).mul(rate))),
      update,
    )
    return { point: { params: moved, buffers }, mean: meanWith(context, state, buffers) }
  }

  const measure =
    (wanted: ReadonlySet<string>): Build<S> =>
    (context, state) => {
      const {
        loss,
        direction: update,
        buffers,
        scale,
        state: direction,
        curvature,
        noise,
        metrics,
      } = propose(context, state, wanted)
      const gradient = context.gradient()
      return {
        state: { proposed: { update, buffers, direction, curvature, noise } } as Partial<S>,
        metrics: {
          loss,
          slope: gradient.dot(update),
          along: gradient.dot(state.previous),
          ...(scale ? { scale } : {}),
          ...(wanted.has('lengths') ? { weights: context.point.params.norm(), length: update.norm() } : {}),
          ...metrics,
        },
      }
    }

  const step =
    (wanted: ReadonlySet<string>): Build<S> =>
    (context, state) => {
      const {
        loss,
        direction: update,
        buffers,
        state: direction,
        curvature,
        noise,
        metrics,
      } = propose(context, state, wanted)
      const { point, mean } = accept(context, state, update, buffers)
      return {
        point,
        state: { mean, previous: update, direction, curvature, noise } as Partial<S>,
        metrics: { loss, ...metrics },
      }
    }

  const observe =
    (wanted: ReadonlySet<string>): Build<S> =>
    (context, state) => {
      const edge: EdgeContext = {
        ...context,
        direction: state.previous,
        previousDirection: state.previous,
        // A tracker that does not ask for the geometry should not pay for tracing a direction.
        get geometry() {
          return parts.direction.direction(context, state.direction).geometry
        },
        ...gain,
        mean: state.mean,
      }
      const { metrics, ...states } = signals(edge, state, wanted)
      return { state: states as Partial<S>, metrics }
    }

  const programs: Record<string, Build<S>> = {
    accept: (context, state) => {
      const { update, buffers, direction, curvature, noise } = state.proposed
      const { point, mean } = accept(context, state, update, buffers)
      return { point, state: { mean, previous: update, direction, curvature, noise } as Partial<S> }
    },
    probe: (context, state) => {
      const rate = context.scalars['rate'] as Tensor
      return { metrics: { loss: context.loss(context.point.params.sub(state.proposed.update.scale(rate))) } }
    },
    mark: (context, state) => {
      const mean = meanWith(context, state, state.proposed.buffers)
      const noise = parts.noise?.mark?.({ mean }, state.proposed.noise as N) ?? state.proposed.noise
      return { state: { proposed: { ...state.proposed, noise } } as Partial<S> }
    },
    restore: (_, state) => ({
      point: state.mean,
      state: { direction: parts.direction.restart(state.direction) } as Partial<S>,
    }),
  }
  for (const [name, build] of Object.entries({ measure, step, observe }))
    for (const wanted of subsets(['curvature', 'noise', 'lengths']))
      programs[[name, ...wanted].join('+')] = build(new Set(wanted))
  return programs
}

/** The gradient shortened to Euclidean norm `limit` where it is longer. */
function clipped(context: StepContext, limit: number): StepContext {
  const shorten = (gradient: Vector): Vector => {
    const norm = gradient.norm()
    return gradient.scale(norm.max(limit).pow(-1).mul(limit))
  }
  return { ...context, gradient: (at) => shorten(context.gradient(at)) }
}

const subsets = (names: readonly string[]): string[][] => {
  const [first, ...rest] = names
  if (first === undefined) return [[]]
  const without = subsets(rest)
  return [...without, ...without.map((set) => [first, ...set])]
}
