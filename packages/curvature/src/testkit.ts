/**
 * Conformance kit of curvature estimators, for any test runner.
 * @module
 */
import type { Batch, CurvatureEstimator, EdgeContext, Geometry, State } from '@eos-sgd/core'
import { type Laboratory, laboratory, quadratic, type TestApi } from '@eos-sgd/core/testkit'
import type { Tensor, Vector } from '@eos-sgd/graph'

/** What an estimator's author may say about it. */
export interface EstimatorTestOptions {
  /**
   * What it converges to: the eigenvalue of largest magnitude (`top`), or the curvature along the steps taken
   * (`directional`), which lies between the extreme eigenvalues. `top` by default.
   */
  readonly target?: 'top' | 'directional'
  /** Measurements until it has converged. 200 by default. */
  readonly measurements?: number
  /** Relative error then. 1e-6 by default. */
  readonly tolerance?: number
  /** Samples in the batch, where it works on slices. 4 by default. */
  readonly batch?: number
}

type Held<S extends State> = { readonly estimator: S; readonly previous: Vector }

const diagonal = (values: readonly number[]): number[][] =>
  values.map((x, i) => values.map((_, j) => (i === j ? x : 0)))

/** Known spectra: the matrix, its eigenvalue of largest magnitude, and its smallest and largest eigenvalue. */
const spectra: readonly (readonly [string, readonly (readonly number[])[], number, number, number])[] = [
  ['diagonal', diagonal([1, 2, 5]), 5, 1, 5],
  [
    'rank one',
    [
      [1, 2, 2],
      [2, 4, 4],
      [2, 4, 4],
    ],
    9,
    0,
    9,
  ],
  ['negative curvature (O23)', diagonal([-5, 1, 3]), -5, -5, 3],
  ['a repeated top', diagonal([4, 4, 1]), 4, 1, 4],
  ['ill-conditioned', diagonal([1e3, 1, 1e-3]), 1e3, 1e-3, 1e3],
  ['one value only', diagonal([3, 3, 3]), 3, 3, 3],
]

/** The Euclidean norm, in which the kit measures. */
export const euclideanNorm: Geometry = {
  name: 'Euclidean',
  lmo: (v) => v.scale(v.dot(v).max(1e-37).pow(-0.5)),
  norm: (v) => v.norm(),
  dualNorm: (v) => v.norm(),
  metric: (v) => v,
  inverseMetric: (v) => v,
}

/** An estimator along gradient descent, by the float64 interpreter; for tests of one's own. */
export function measuring<S extends State>(
  estimator: CurvatureEstimator<S>,
  hessian: readonly (readonly number[])[],
  options: {
    readonly seed?: number
    readonly scale?: number
    readonly batch?: number
    readonly geometry?: Geometry
  } = {},
) {
  const { seed = 0, scale = 1, batch = 4, geometry = euclideanNorm } = options
  const calls: Calls = { hvps: 0, gradients: 0, losses: 0 }
  const lab: Laboratory<Held<S>> = laboratory<Held<S>>({
    task: quadratic(hessian, { scale }),
    init: (context) => ({ estimator: estimator.init(context), previous: context.zeros() }),
    batch,
    seed,
    params: { theta: hessian.map(() => 1) },
  })
  let last = 0
  return {
    lab,
    calls,
    /** Measures, then takes a step of gradient descent with this rate. */
    measure(rate = 0): Record<string, number> {
      const before = last
      last = rate
      return lab.run(
        'measure',
        (context, state) => {
          const gradient = context.gradient()
          const counted = count(context, calls, 1)
          const edge: EdgeContext = {
            ...counted,
            direction: gradient,
            previousDirection: state.previous,
            geometry,
            mean: context.point,
          }
          const found = estimator.estimate(edge, state.estimator)
          return {
            point: { params: context.point.params.sub(gradient.scale(context.scalars['next'] as Tensor)) },
            state: { estimator: found.state, previous: gradient },
            metrics: {
              sharpness: found.sharpness,
              ...(found.residual ? { residual: found.residual } : {}),
              ...found.diagnostics,
            },
          }
        },
        { scalars: { rate: before, next: rate } },
      )
    },
  }
}

/** What is traced beyond loss and gradient of the step, in units of the whole batch. */
interface Calls {
  hvps: number
  gradients: number
  losses: number
}

function count<B extends Batch>(inner: B, calls: Calls, share: number): B {
  return {
    ...inner,
    hvp: (v, options) => {
      calls.hvps += share
      return inner.hvp(v, options)
    },
    gradient: (at) => {
      if (at || share < 1) calls.gradients += share
      return inner.gradient(at)
    },
    loss: (at) => {
      if (at || share < 1) calls.losses += share
      return inner.loss(at)
    },
    part: (i, of) => count(inner.part(i, of), calls, share / of),
  }
}

/**
 * The laws of {@link CurvatureEstimator}: right on known spectra, linear in the scale of the loss, the same for the
 * same seed, goes on from a stored state, and no dearer than it declares.
 *
 * @example
 * testEstimator({ describe, it, expect }, () => powerIteration())
 */
export function testEstimator<S extends State>(
  { describe, it, expect }: TestApi,
  make: () => CurvatureEstimator<S>,
  { target = 'top', measurements = 200, tolerance = 1e-6, batch = 4 }: EstimatorTestOptions = {},
): void {
  const settled = (
    hessian: readonly (readonly number[])[],
    options: { seed?: number; scale?: number } = {},
  ): number => {
    const run = measuring(make(), hessian, { batch, ...options })
    const largest = Math.max(...hessian.flat().map(Math.abs)) * (options.scale ?? 1) * hessian.length
    let value = Number.NaN
    for (let i = 0; i < measurements; i++) value = run.measure(0.05 / largest)['sharpness'] as number
    return value
  }
  const near = (value: number, expected: number): void => {
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected))
  }
  describe(`estimator ${make().name}`, () => {
    for (const [name, hessian, top, least, most] of spectra)
      it(`is right on ${name}`, () => {
        const value = settled(hessian)
        if (target === 'top') near(value, top)
        else {
          const slack = tolerance * Math.max(Math.abs(least), Math.abs(most))
          expect(least - slack).toBeLessThanOrEqual(value)
          expect(value).toBeLessThanOrEqual(most + slack)
        }
      })
    it('scales with the loss', () => {
      const hessian = diagonal([1, 2, 5])
      near(settled(hessian, { scale: 100 }), 100 * settled(hessian))
    })
    it('is a function of its seed', () => {
      const twice = [3, 3].map((seed) => {
        const run = measuring(make(), diagonal([1, 2, 5]), { seed, batch })
        return [run.measure(0.01), run.measure(0.01), run.lab.values()]
      })
      expect(twice[0]).toEqual(twice[1])
    })
    it('goes on from a stored state', () => {
      const [straight, resumed] = [0, 1].map((seed) => measuring(make(), diagonal([1, 2, 5]), { seed, batch }))
      if (!straight || !resumed) return
      for (let i = 0; i < 3; i++) straight.measure(0.01)
      resumed.measure(0.01)
      resumed.lab.load(JSON.parse(JSON.stringify(straight.lab.values())))
      expect(resumed.measure(0.01)).toEqual(straight.measure(0.01))
    })
    it('costs no more than it declares', () => {
      const estimator = make()
      const run = measuring(estimator, diagonal([1, 2, 5]), { batch })
      run.measure(0.01)
      expect(run.calls.hvps).toBeLessThanOrEqual(estimator.cost.hvps + 1e-9)
      expect(run.calls.gradients).toBeLessThanOrEqual(estimator.cost.gradients + 1e-9)
      expect(run.calls.losses).toBeLessThanOrEqual(estimator.cost.forwards + 1e-9)
    })
  })
}
