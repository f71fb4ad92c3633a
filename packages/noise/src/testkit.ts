/**
 * Conformance kit of noise trackers, for any test runner.
 * @module
 */
import { counterRandom, type EdgeContext, type Geometry, type NoiseTracker, type State } from '@eos-sgd/core'
import { type Calls, counted, type Laboratory, laboratory, quadratic, type TestApi } from '@eos-sgd/core/testkit'
import type { Tensor, Vector } from '@eos-sgd/graph'

/** What a tracker's author may say about it. */
export interface TrackerTestOptions {
  /** Smallest batch that it works on; 1 by default. The kit's batches are this and four times as many. */
  readonly least?: number
  /** Equal pieces that a batch is worked through in. 1 by default. */
  readonly microBatches?: number
  /** Steps over which a `variance` is averaged. 400 by default. */
  readonly steps?: number
}

type Held<S extends State> = { readonly tracker: S; readonly previous: Vector; readonly mean: Vector }

const euclidean: Geometry = {
  name: 'Euclidean',
  lmo: (v) => v.scale(v.dot(v).max(1e-37).pow(-0.5)),
  norm: (v) => v.norm(),
  dualNorm: (v) => v.norm(),
}

/** A tracker along gradient descent on a noisy quadratic, by the float64 interpreter; for tests of one's own. */
export function tracking<S extends State>(
  tracker: NoiseTracker<S>,
  hessian: readonly (readonly number[])[],
  options: {
    readonly seed?: number
    readonly scale?: number
    readonly batch?: number
    readonly microBatches?: number
    readonly start?: readonly number[]
  } = {},
) {
  const { seed = 0, scale = 1, batch = 1, microBatches = 1, start = hessian.map(() => 1) } = options
  const calls: Calls = { hvps: 0, gradients: 0, forwards: 0 }
  const lab: Laboratory<Held<S>> = laboratory<Held<S>>({
    task: quadratic(hessian, { scale }),
    init: (context) => ({ tracker: tracker.init(context), previous: context.zeros(), mean: context.point.params }),
    batch,
    microBatches,
    seed,
    params: { theta: start },
  })
  const update =
    (move: boolean) =>
    (context: Omit<EdgeContext, 'direction' | 'previousDirection' | 'geometry' | 'mean'>, state: Held<S>) => {
      const gradient = context.gradient()
      const mean = state.mean.lerp(context.point.params, 0.5)
      const edge: EdgeContext = {
        ...context,
        ...counted(context, calls),
        direction: gradient,
        previousDirection: state.previous,
        geometry: euclidean,
        mean: { params: mean, buffers: context.point.buffers },
      }
      const found = tracker.update(edge, state.tracker)
      const params = context.point.params.sub(gradient.scale(context.scalars['rate'] as Tensor))
      return {
        point: move ? { params } : {},
        state: { tracker: found.state, previous: gradient, mean },
        metrics: { loss: context.loss(), atMean: context.loss(mean), ...found.signals, ...found.diagnostics },
      }
    }
  return {
    lab,
    calls,
    /** Tracks one batch whose samples have these pulls, then takes a step with this rate. */
    track: (pull: readonly number[], rate = 0): Record<string, number> =>
      lab.run('track', update(true), { scalars: { rate }, batch: { pull } }),
    /** The moment that `mark` remembers. */
    mark(): void {
      lab.run('mark', (context, state) => ({
        state: {
          tracker: tracker.mark?.({ mean: { ...context.point, params: state.mean } }, state.tracker) ?? state.tracker,
        },
      }))
    },
  }
}

/**
 * The laws of {@link NoiseTracker}: gives the signals that it names, finite from the first step; goes on from a stored
 * state, keeping its shape; costs no more than it declares; differences of losses scale with the loss, `variance` and
 * `squaredGradient` with its square; and these two are unbiased for independent Gaussian gradients of known mean and
 * covariance, whatever the batch size.
 *
 * @example
 * testNoiseTracker({ describe, it, expect }, () => movingAverage())
 */
export function testNoiseTracker<S extends State>(
  { describe, it, expect }: TestApi,
  make: () => NoiseTracker<S>,
  { least = 1, microBatches = 1, steps = 400 }: TrackerTestOptions = {},
): void {
  const hessian = [
    [2, 0.5],
    [0.5, 1],
  ]
  const batch = 4 * least
  const pulls = (step: number, size: number): number[] => {
    const random = counterRandom(0, 'pull', step)
    return Array.from({ length: size * 2 }, () => random.normal())
  }
  const run = (options: { scale?: number; seed?: number } = {}) =>
    tracking(make(), hessian, { batch, microBatches, ...options })
  describe(`noise tracker ${make().name}`, () => {
    it('gives the signals that it names, finite from the first step', () => {
      const tracker = make()
      const one = run()
      for (let t = 0; t < 3; t++) {
        const signals = one.track(pulls(t, batch), 0.1)
        for (const name of tracker.signals) expect(Number.isFinite(signals[name])).toBe(true)
        one.mark()
      }
    })
    it('goes on from a stored state', () => {
      const [straight, resumed] = [run(), run({ seed: 1 })]
      for (let t = 0; t < 3; t++) straight.track(pulls(t, batch), 0.1)
      resumed.track(pulls(9, batch), 0.3)
      resumed.lab.load(JSON.parse(JSON.stringify(straight.lab.values())))
      expect(resumed.track(pulls(3, batch), 0.1)).toEqual(straight.track(pulls(3, batch), 0.1))
    })
    it('costs no more than it declares', () => {
      const { cost } = make()
      const one = run()
      one.track(pulls(0, batch), 0.1)
      for (const kind of ['hvps', 'gradients', 'forwards'] as const)
        expect(one.calls[kind]).toBeLessThanOrEqual(cost[kind] + 1e-9)
    })
    it('scales as it should with the loss', () => {
      const [plain, large] = [run(), run({ scale: 10 })]
      for (let t = 0; t < 5; t++) {
        const [a, b] = [plain.track(pulls(t, batch), 0.1), large.track(pulls(t, batch), 0.01)]
        for (const name of make().signals) {
          const expected = (name === 'variance' || name === 'squaredGradient' ? 100 : 10) * (a[name] as number)
          expect(Math.abs((b[name] as number) - expected)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(expected)))
        }
        if (t === 2) [plain, large].map((one) => one.mark())
      }
    })
    if (make().signals.includes('variance'))
      it('is unbiased for independent gradients, whatever the batch size', () => {
        for (const size of [least, batch]) {
          const one = tracking(make(), hessian, { batch: size, microBatches })
          const sum = { variance: 0, squaredGradient: 0 }
          for (let t = 0; t < steps; t++) {
            const signals = one.track(pulls(t, size))
            sum.variance += (signals['variance'] as number) / steps
            sum.squaredGradient += (signals['squaredGradient'] ?? 0) / steps
          }
          // Two coordinates of unit variance, averaged over the batch; a mean gradient of (2.5, 1.5).
          expect(Math.abs(sum.variance * size - 2)).toBeLessThanOrEqual(8 * Math.sqrt(2 / steps))
          const deviation = Math.sqrt(4 * 8.5 * (1 / size) + 8 / size ** 2)
          if (make().signals.includes('squaredGradient'))
            expect(Math.abs(sum.squaredGradient - 8.5)).toBeLessThanOrEqual((5 * deviation) / Math.sqrt(steps))
        }
      })
  })
}
