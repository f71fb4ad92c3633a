/**
 * Conformance kit of curvature estimators, for any test runner.
 * @module
 */
import type { CurvatureEstimator, EdgeContext, Geometry, ParameterSpec, State, Task } from '@eos-sgd/core'
import { type Calls, counted, type Laboratory, laboratory, quadratic, type TestApi } from '@eos-sgd/core/testkit'
import { concat, constant, matmul, reduceMean, type Tensor, type Vector } from '@eos-sgd/graph'

/** What an estimator's author may say about it. */
export interface EstimatorTestOptions {
  /**
   * What it converges to: the eigenvalue of largest magnitude (`top`), the largest algebraically (`largest`), or the
   * curvature along the steps taken (`directional`), which lies between the extreme eigenvalues. `top` by default.
   */
  readonly target?: 'top' | 'largest' | 'directional'
  /** Measurements until it has converged. 60 by default. */
  readonly measurements?: number
  /** Relative error then. 1e-6 by default. */
  readonly tolerance?: number
  /** Samples in the batch, where it works on slices. 4 by default. */
  readonly batch?: number
}

type Held<S extends State> = { readonly estimator: S; readonly previous: Vector }

/** The Euclidean norm, in which the kit measures. */
export const euclideanNorm: Geometry = {
  name: 'Euclidean',
  lmo: (v) => v.scale(v.dot(v).max(1e-37).pow(-0.5)),
  norm: (v) => v.norm(),
  dualNorm: (v) => v.norm(),
  metric: (v) => v,
  inverseMetric: (v) => v,
}

/** The norm `sqrt(d.Pd)` of a positive diagonal `P`, on the kit's one parameter. */
export function diagonalNorm(scales: readonly number[]): Geometry {
  const P = constant(scales, [scales.length])
  const metric = (v: Vector): Vector => v.map((_, x) => x.mul(P))
  const inverseMetric = (v: Vector): Vector => v.map((_, x) => x.div(P))
  return {
    name: `diagonal (${scales.join(', ')})`,
    lmo: (v) => inverseMetric(v).scale(v.dot(inverseMetric(v)).max(1e-37).pow(-0.5)),
    norm: (v) => v.dot(metric(v)).sqrt(),
    dualNorm: (v) => v.dot(inverseMetric(v)).sqrt(),
    metric,
    inverseMetric,
  }
}

type Matrix = readonly (readonly number[])[]

const diagonal = (values: readonly number[]): Matrix => values.map((x, i) => values.map((_, j) => (i === j ? x : 0)))

/** A matrix, the norm it is measured in, and its smallest and largest eigenvalue there. */
interface Spectrum {
  readonly name: string
  readonly hessian: Matrix
  readonly geometry?: Geometry
  readonly least: number
  readonly most: number
}

const rankOne: Matrix = [
  [1, 2, 2],
  [2, 4, 4],
  [2, 4, 4],
]
const spectra: readonly Spectrum[] = [
  { name: 'diagonal', hessian: diagonal([1, 2, 5]), least: 1, most: 5 },
  { name: 'rank one', hessian: rankOne, least: 0, most: 9 },
  { name: 'negative curvature (O23)', hessian: diagonal([-5, 1, 3]), least: -5, most: 3 },
  { name: 'none but negative', hessian: diagonal([-4, -2, -1]), least: -4, most: -1 },
  { name: 'a repeated top', hessian: diagonal([4, 4, 1]), least: 1, most: 4 },
  { name: 'ill-conditioned', hessian: diagonal([1e3, 1, 1e-3]), least: 1e-3, most: 1e3 },
  { name: 'one value only', hessian: diagonal([3, 3, 3]), least: 3, most: 3 },
  { name: 'one negative value only', hessian: diagonal([-3, -3, -3]), least: -3, most: -3 },
  { name: 'a flat loss', hessian: diagonal([0, 0]), least: 0, most: 0 },
  { name: 'G6, a diagonal metric', hessian: diagonal([8, 1]), geometry: diagonalNorm([4, 1]), least: 1, most: 2 },
  {
    name: 'O22, a diagonal metric across the axes',
    hessian: [
      [2, 1],
      [1, 2],
    ],
    geometry: diagonalNorm([4, 1]),
    least: (5 - Math.sqrt(13)) / 4,
    most: (5 + Math.sqrt(13)) / 4,
  },
  {
    name: 'rank one in an ill-conditioned metric',
    hessian: rankOne,
    geometry: diagonalNorm([1, 100, 10000]),
    least: 0,
    most: 1 + 0.04 + 0.0004,
  },
]

/** A loss of one's own, and where it is measured. */
export interface Problem {
  readonly task: Task
  readonly params: Readonly<Record<string, readonly number[]>>
  /** Every batch; zeros by default. */
  readonly data?: Readonly<Record<string, readonly number[]>>
}

/** Where and along what {@link measuring} measures. */
export interface MeasuringOptions {
  readonly seed?: number
  /** Multiplies the loss of a matrix. */
  readonly scale?: number
  readonly batch?: number
  readonly microBatches?: number
  readonly geometry?: Geometry
  /** What the direction declares: it is `gain * directionScale` times the steepest one. 1 by default. */
  readonly gain?: number
  readonly directionScale?: number
}

/**
 * An estimator along steepest descent from ones, by the float64 interpreter, on a quadratic loss of this Hessian or on a
 * problem of one's own; for tests of one's own.
 */
export function measuring<S extends State>(
  estimator: CurvatureEstimator<S>,
  problem: Matrix | Problem,
  options: MeasuringOptions = {},
) {
  const { seed = 0, scale = 1, batch = 4, microBatches = 1 } = options
  const { geometry = euclideanNorm, gain = 1, directionScale = 1 } = options
  const { task, params, data } =
    'task' in problem
      ? problem
      : { task: quadratic(problem, { scale }), params: { theta: problem.map(() => 1) }, data: undefined }
  const calls: Calls = { hvps: 0, gradients: 0, forwards: 0 }
  const lab: Laboratory<Held<S>> = laboratory<Held<S>>({
    task,
    init: (context) => ({ estimator: estimator.init(context), previous: context.zeros() }),
    batch,
    microBatches,
    seed,
    params,
  })
  let last = 0
  return {
    lab,
    calls,
    /** Measures, then takes a step with this rate. `corruption` is added to every product. */
    measure(rate = 0, corruption = 0): Record<string, number> {
      const before = last
      last = rate
      return lab.run(
        'measure',
        (context, state) => {
          const gradient = context.gradient()
          const corrupted = context.scalars['corruption'] as Tensor
          const steepest = geometry.lmo(gradient).scale(geometry.dualNorm(gradient))
          const direction = steepest.scale(gain * directionScale)
          const edge: EdgeContext = {
            ...context,
            ...counted(context, calls, { alter: (v) => v.map((_, x) => x.add(corrupted)) }),
            direction,
            previousDirection: state.previous,
            geometry,
            gain,
            scale: constant(directionScale),
            mean: context.point,
          }
          const found = estimator.estimate(edge, state.estimator)
          return {
            point: { params: context.point.params.sub(direction.scale(context.scalars['next'] as Tensor)) },
            state: { estimator: found.state, previous: direction },
            metrics: {
              loss: context.loss(),
              slope: gradient.dot(direction),
              sharpness: found.sharpness,
              ...(found.residual ? { residual: found.residual } : {}),
              ...found.diagnostics,
            },
          }
        },
        { scalars: { rate: before, next: rate, corruption }, ...(data ? { batch: data } : {}) },
      )
    },
  }
}

/** A quadratic loss whose first coordinate moves while the others are frozen. */
function partlyFrozen(hessian: Matrix): Problem {
  const whole = quadratic(hessian)
  const spec = (name: string, size: number, frozen: boolean): ParameterSpec => ({
    name,
    shape: [size],
    role: 'vector',
    init: { kind: 'constant', value: 1 },
    frozen,
  })
  return {
    task: {
      ...whole,
      model: {
        ...whole.model,
        parameters: [spec('theta', 1, false), spec('fixed', hessian.length - 1, true)],
        apply: ({ params }) => ({
          output: concat([params.get('theta'), params.get('fixed')], 0).reshape([1, hessian.length]),
        }),
      },
    },
    params: { theta: [1], fixed: hessian.slice(1).map(() => 1) },
  }
}

/** Least squares `mean (x.theta)^2 / 2` on samples that repeat after the second, so that equal slices are alike. */
function leastSquares(size: number): Problem {
  return {
    task: {
      name: 'least squares',
      model: {
        name: 'linear',
        parameters: [{ name: 'theta', shape: [2], role: 'vector', init: { kind: 'constant', value: 1 } }],
        buffers: [],
        apply: ({ params }, { x }) => ({ output: matmul(x as Tensor, params.get('theta').reshape([2, 1])) }),
      },
      fields: { x: { shape: [2], dtype: 'float32' } },
      inputs: ['x'],
      loss: (output) => reduceMean(output.mul(output)).mul(0.5),
    },
    params: { theta: [1, 1] },
    data: { x: Array.from({ length: size }, (_, i) => (i % 2 === 0 ? [2, 1] : [-0.5, 1])).flat() },
  }
}

/**
 * The laws of {@link CurvatureEstimator}: right on known spectra and metrics, linear in the scale of the loss, the same
 * whatever gain and scale the direction declares and over micro-batches, blind to frozen parameters, unharmed by a
 * product that is not finite; a function of its seed, goes on from a stored state, and costs what it declares.
 *
 * @example
 * testEstimator({ describe, it, expect }, () => powerIteration())
 */
export function testEstimator<S extends State>(
  { describe, it, expect }: TestApi,
  make: () => CurvatureEstimator<S>,
  { target = 'top', measurements = 60, tolerance = 1e-6, batch = 4 }: EstimatorTestOptions = {},
): void {
  const three = diagonal([1, 2, 5])
  const settled = (hessian: Matrix, options: MeasuringOptions = {}): number => {
    const { scale = 1, gain = 1, directionScale = 1 } = options
    const run = measuring(make(), hessian, { batch, ...options })
    const largest = Math.max(1e-3, ...hessian.flat().map(Math.abs)) * hessian.length * scale * gain * directionScale
    let value = Number.NaN
    for (let i = 0; i < measurements; i++) value = run.measure(0.05 / largest)['sharpness'] as number
    return value
  }
  const near = (value: number, expected: number): void => {
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected))
  }
  describe(`estimator ${make().name}`, () => {
    for (const { name, hessian, geometry = euclideanNorm, least, most } of spectra)
      it(`is right on ${name}`, () => {
        const value = settled(hessian, { geometry })
        if (target === 'largest') near(value, most)
        else if (target === 'top') near(value, Math.abs(least) > Math.abs(most) ? least : most)
        else if (least === 0 && most === 0) expect(Number.isNaN(value) || value === 0).toBe(true)
        else {
          const slack = tolerance * Math.max(Math.abs(least), Math.abs(most))
          expect(least - slack).toBeLessThanOrEqual(value)
          expect(value).toBeLessThanOrEqual(most + slack)
        }
      })
    it('scales with the loss', () => {
      near(settled(three, { scale: 100 }), 100 * settled(three))
    })
    it('puts the edge at rate * scale * sharpness = 2/gain', () => {
      near(settled(three, { gain: 0.5, directionScale: 3 }), settled(three))
    })
    it('is the same over micro-batches', () => {
      const [whole, pieces] = [1, 2].map((microBatches) =>
        measuring(make(), leastSquares(4 * batch), { batch: 4 * batch, microBatches }),
      )
      for (let i = 0; i < 4; i++) {
        const [a, b] = [whole, pieces].map((run) => run?.measure(0.1)['sharpness'] as number) as [number, number]
        expect(Number.isNaN(a) ? Number.isNaN(b) : Math.abs(a - b) <= 1e-9 * Math.abs(a)).toBe(true)
        if (i === 3) expect(a > 0).toBe(true)
      }
    })
    it('leaves frozen parameters out', () => {
      const run = measuring(
        make(),
        partlyFrozen([
          [3, 1],
          [1, 50],
        ]),
        { batch },
      )
      let value = Number.NaN
      for (let i = 0; i < measurements; i++) value = run.measure(0.01)['sharpness'] as number
      near(value, 3)
    })
    it('goes on after a product that is not finite', () => {
      for (const corruption of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const run = measuring(make(), three, { batch })
        run.measure(0.01)
        run.measure(0.01, corruption)
        run.measure(0.01)
        expect(Number.isFinite(run.measure(0.01)['sharpness'])).toBe(true)
      }
    })
    it('is a function of its seed', () => {
      const twice = [3, 3].map((seed) => {
        const run = measuring(make(), three, { seed, batch })
        return [run.measure(0.01), run.measure(0.01), run.lab.values()]
      })
      expect(twice[0]).toEqual(twice[1])
    })
    it('goes on from a stored state', () => {
      const [straight, resumed] = [0, 1].map((seed) => measuring(make(), three, { seed, batch }))
      if (!straight || !resumed) return
      for (let i = 0; i < 3; i++) straight.measure(0.01)
      resumed.measure(0.01)
      resumed.lab.load(JSON.parse(JSON.stringify(straight.lab.values())))
      expect(resumed.measure(0.01)).toEqual(straight.measure(0.01))
    })
    it('costs what it declares', () => {
      const { cost } = make()
      const { measure, calls } = measuring(make(), three, { batch })
      measure(0.01)
      expect(Math.abs(calls.hvps - cost.hvps)).toBeLessThanOrEqual(1e-9)
      expect(calls.gradients).toBeLessThanOrEqual(cost.gradients + 1e-9)
      expect(calls.forwards).toBeLessThanOrEqual(cost.forwards + 1e-9)
    })
  })
}
