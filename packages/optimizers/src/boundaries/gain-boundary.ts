import { defineStabilityBoundary, EosError } from '@eos-sgd/core'
import type { Boundary } from './boundary.ts'

/**
 * `2/gain`: where the deterministic optimizer becomes unstable on a quadratic, its momentum included; `2(1 + mu)` for
 * the accumulating heavy ball (Cohen et al. 2021; stability.md, section 2). Under momentum it is also the plateau of
 * large batches. Throws `GAIN` for a direction that declares no gain.
 */
export const gainBoundary = (): Boundary =>
  defineStabilityBoundary({
    name: '2/gain',
    threshold({ gain }) {
      if (gain === undefined)
        throw new EosError('GAIN', 'Boundary "2/gain" needs a direction that declares its stability gain.', {
          hint: 'Add `gain` to the direction, or choose missionBoundary().',
        })
      return 2 / gain
    },
  })
