import { absoluteDecay } from '../decays/absolute-decay.ts'
import { adamDirection } from '../directions/adam.ts'
import type { AdamConstants } from '../directions/adam-moments.ts'
import { type Baseline, type BaselineOptions, baseline } from './baseline.ts'

/** Options of {@link adamW}. */
export interface AdamWOptions extends Omit<BaselineOptions, 'decay'>, AdamConstants {
  /** `lambda`, in one over the unit of the rate. 0.01 by default. */
  readonly weightDecay?: number
}

/**
 * AdamW (Loshchilov and Hutter 2019) as PyTorch computes it: `theta *= 1 - rate * lambda`, then Adam's step with the
 * gradient taken before; that is Adam's direction with `absoluteDecay`. Unlike PyTorch, which decays every parameter of
 * a group, it leaves those alone that the model declares without decay (usually biases and scales) and frozen ones.
 *
 * @example adamW({ rate: cosineDecay({ rate: 1e-3, steps: 1000 }), weightDecay: 0.1 })
 */
export const adamW = ({ weightDecay = 0.01, ...options }: AdamWOptions): Baseline =>
  baseline(adamDirection(options), { ...options, decay: absoluteDecay({ decay: weightDecay }) })
