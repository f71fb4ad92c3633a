import { defineStabilityBoundary } from '@eos-sgd/core'
import { fraction } from '../options.ts'
import type { Boundary } from './boundary.ts'

/**
 * `2(1 - mu)`: the plateau of the sharpness of small batches under accumulating momentum, `(1+mu)/(1-mu)` times
 * below the deterministic edge (Momentum and the edge of stochastic stability; stability.md, section 3.3).
 */
export function smallBatchBoundary({ momentum = 0.9 }: { readonly momentum?: number } = {}): Boundary {
  fraction('smallBatchBoundary', 'momentum', momentum)
  return defineStabilityBoundary({ name: '2(1 - mu)', threshold: () => 2 * (1 - momentum) })
}
