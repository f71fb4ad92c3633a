import type { StabilityBoundary } from '@eos-sgd/core'

/** A stability boundary that says which noise signals it reads; none by default. */
export interface Boundary extends StabilityBoundary {
  readonly signals?: readonly string[]
}
