import type { InitContext, StepContext } from './context.ts'
import type { Json, Point, Scalars, State, Tensors } from './state.ts'

/** One program to run on the batch at hand, with the scalars it takes. */
export interface Run<P extends string> {
  readonly program: P
  readonly scalars?: Scalars
  /** True where this program takes the batch back: the loop reports a rejection. */
  readonly rejects?: boolean
}

/**
 * What a program returns. What it does not return stays where it is: neither copied nor swapped. A tensor returned
 * unchanged under another name is shared, not copied. `metrics` are scalars that the host receives.
 */
export interface Outputs<S> {
  readonly point?: Partial<Point>
  readonly state?: Partial<S>
  readonly metrics?: Tensors
}

/** Programs on the device and a driver on the host. `compose` makes one; others are written whole. */
export interface Algorithm<S extends { readonly [key: string]: State }, H, P extends string = string> {
  readonly name: string
  init(context: InitContext): S
  /** Each is traced and compiled when first asked for. */
  readonly programs: { readonly [K in P]: (context: StepContext, state: S) => Outputs<S> }
  start(): H
  /** One batch: yields programs, receives their metrics, returns the next host state. */
  step(state: H): Generator<Run<P>, H, Scalars>
  /** The point that is evaluated and saved. */
  evaluation(point: Point, state: S): Point
  /** What to show of a host state: `rate`, `sharpness`, `phase`, ... */
  report?(state: H): Readonly<Record<string, Json>>
}

/** An algorithm whose state types are nobody else's business. */
// biome-ignore lint/suspicious/noExplicitAny: the state type is existential: only the algorithm itself names it
export type AnyAlgorithm = Algorithm<any, any, any>
