/**
 * Conformance kit of directions, for any test runner.
 * @module
 */
import type { Direction, State } from '@eos-sgd/core'
import { type Laboratory, laboratory, quadratic, type TestApi } from '@eos-sgd/core/testkit'
import type { Tensor } from '@eos-sgd/graph'

/** What a direction's author may say about it. */
export interface DirectionTestOptions {
  /** How the direction grows with the gradient: 1 for gradient descent, 0 where it is normalised. 1 by default. */
  readonly homogeneity?: number
  /** Relative error of what holds exactly in theory. 1e-6 by default. */
  readonly tolerance?: number
  /** Rate at which it must descend on a quadratic of sharpness 1. 0.01 by default. */
  readonly rate?: number
}

type Held<S extends State> = { readonly direction: S }

/** A direction on a quadratic, by the float64 interpreter; for tests of one's own. */
export function directing<S extends State>(
  direction: Direction<S>,
  options: { readonly scale?: number; readonly shape?: readonly number[]; readonly seed?: number } = {},
) {
  const { scale = 1, shape = [3, 4], seed = 0 } = options
  const size = shape.reduce((a, b) => a * b, 1)
  const hessian = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) => (i === j ? (i + 1) / size : 0)),
  )
  const lab: Laboratory<Held<S>> = laboratory<Held<S>>({
    task: quadratic(hessian, { scale, shape }),
    init: (context) => ({ direction: direction.init(context) }),
    seed,
    params: { theta: Array.from({ length: size }, (_, i) => Math.cos(i)) },
  })
  return {
    lab,
    /** Takes one step; answers loss, slope `<g, u>`, `|u|`, `<lmo(g), g> - ||g||*` and `||lmo(g)|| - 1`. */
    step: (rate: number): Record<string, number> =>
      lab.run(
        'step',
        (context, state) => {
          const found = direction.direction(context, state.direction)
          const gradient = context.gradient()
          const { geometry } = found
          const steepest = geometry.lmo(gradient)
          return {
            point: { params: context.point.params.sub(found.direction.scale(context.scalars['rate'] as Tensor)) },
            state: { direction: found.state },
            metrics: {
              loss: context.loss(),
              slope: gradient.dot(found.direction),
              length: found.direction.norm(),
              duality: gradient.dot(steepest).sub(geometry.dualNorm(gradient)).div(gradient.norm()),
              unit: geometry.norm(steepest).sub(1),
            },
          }
        },
        { scalars: { rate } },
      ),
    restart(): void {
      lab.run('restart', (_, state) => ({ state: { direction: direction.restart(state.direction) } }))
    },
  }
}

/**
 * The laws of {@link Direction}: descends; grows with the gradient as it says; its geometry's `lmo` has unit norm and
 * attains the dual norm; keeps the shape of its state and goes on from a stored one; a restart can be repeated, and
 * after it the direction descends again; the same seed gives the same steps; zero gradients give finite directions.
 *
 * @example
 * testDirection({ describe, it, expect }, () => heavyBall())
 */
export function testDirection<S extends State>(
  { describe, it, expect }: TestApi,
  make: () => Direction<S>,
  { homogeneity = 1, tolerance = 1e-6, rate = 0.01 }: DirectionTestOptions = {},
): void {
  const shapes = [[3, 4], [4, 3], [2, 2, 3], [12]]
  const near = (value: number, expected: number): void => {
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance * Math.max(1e-6, Math.abs(expected)))
  }
  describe(`direction ${make().name}`, () => {
    it('descends, on parameters of any number of axes', () => {
      for (const shape of shapes) {
        const one = directing(make(), { shape })
        const first = one.step(rate)
        expect((first['slope'] as number) > 0).toBe(true)
        let last = first
        for (let t = 0; t < 40; t++) last = one.step(rate)
        expect((last['loss'] as number) < (first['loss'] as number)).toBe(true)
      }
    })
    it('grows with the gradient as it says', () => {
      const [plain, large] = [directing(make()), directing(make(), { scale: 100 })]
      for (let t = 0; t < 3; t++) {
        const lengths = [plain.step(rate), large.step(rate / 100 ** homogeneity)].map(({ length }) => length as number)
        near(lengths[1] as number, 100 ** homogeneity * (lengths[0] as number))
      }
    })
    it('has a geometry whose maximiser has unit norm and attains the dual norm', () => {
      for (const shape of shapes) {
        const { duality, unit } = directing(make(), { shape }).step(rate)
        expect(Math.abs(duality as number)).toBeLessThanOrEqual(Math.max(1e-5, tolerance))
        expect(Math.abs(unit as number)).toBeLessThanOrEqual(Math.max(1e-4, tolerance))
      }
    })
    it('goes on from a stored state', () => {
      const [straight, resumed] = [directing(make()), directing(make(), { seed: 1 })]
      for (let t = 0; t < 3; t++) straight.step(rate)
      resumed.step(3 * rate)
      resumed.lab.load(JSON.parse(JSON.stringify(straight.lab.values())))
      expect(resumed.step(rate)).toEqual(straight.step(rate))
    })
    it('is a function of its seed', () => {
      const twice = [directing(make(), { seed: 3 }), directing(make(), { seed: 3 })].map((one) => {
        one.step(rate)
        return [one.step(rate), one.lab.values()]
      })
      expect(twice[0]).toEqual(twice[1])
    })
    it('can be restarted, twice as well as once, and descends again', () => {
      const one = directing(make())
      for (let t = 0; t < 5; t++) one.step(rate)
      one.restart()
      const once = one.lab.values()
      one.restart()
      expect(one.lab.values()).toEqual(once)
      expect((one.step(rate)['slope'] as number) > 0).toBe(true)
    })
    it('stays finite on zero gradients', () => {
      const one = directing(make())
      const at = one.lab.values()
      one.lab.load(
        Object.fromEntries(Object.entries(at).map(([k, v]) => [k, k === 'params/theta' ? v.map(() => 0) : v])),
      )
      for (let t = 0; t < 2; t++) expect(one.step(rate)['length']).toBe(0)
    })
  })
}
