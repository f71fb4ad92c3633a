import { constant } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { leaf, numbersOf, vectorOf } from '../fixtures/bench.ts'
import { distance } from '../fixtures/dense.ts'
import fixture from '../fixtures/onnx-vectors.json' with { type: 'json' }
import { adamDirection } from './adam.ts'
import { heavyBall } from './heavy-ball.ts'
import { nesterov } from './nesterov.ts'

/**
 * The tests of ONNX's own operators Adam and Momentum: one step from given moments, T = 0. Where the definitions differ:
 * - `norm_coefficient` adds `norm_coefficient X` to the gradient; here a loss would hold it, so it is added beforehand.
 * - Adam corrects the rate by `sqrt(1 - beta^T)/(1 - alpha^T)`, without epsilon, and only for T > 0: at T = 0 its step
 *   is ours after infinitely many steps. Its `alpha` and `beta` are our `beta1` and `beta2`.
 * - Momentum's `alpha` is `mu`; its `beta` scales the gradient, but is 1 at T = 0, which is the form that we have.
 * - The model of test_adam_multiple leaves epsilon out, but its outputs are those of 1e-2 (ONNX mended it later).
 */
const { tests } = fixture
const manySteps = constant(1e9)
const tolerance = 1e-6

const one = (numbers: readonly number[]) => vectorOf([leaf('x', [numbers.length])], [numbers])
const contextOf = (attributes: { readonly norm_coefficient: number }, X: number[], G: number[]) => {
  const gradient = one(G.map((g, i) => g + attributes.norm_coefficient * (X[i] as number)))
  return { gradient: () => gradient } as never
}
const close = (found: readonly number[][], expected: readonly number[]) =>
  expect(distance(found, [expected])).toBeLessThan(tolerance)

describe.each([
  [tests.test_adam, tests.test_adam.attributes.epsilon] as const,
  [tests.test_adam_multiple, 1e-2] as const,
])('Adam of ONNX', ({ attributes, R, tensors }, epsilon) => {
  const { alpha: beta1, beta: beta2 } = attributes
  it('is the Adam direction', () => {
    for (const { before, after } of tensors) {
      const { state, direction } = adamDirection({ beta1, beta2, epsilon }).direction(
        contextOf(attributes, before.X, before.G),
        // Sums in place of averages.
        { first: one(before.V).scale(1 / (1 - beta1)), second: one(before.H).scale(1 / (1 - beta2)), count: manySteps },
      )
      close(numbersOf(one(before.X).sub(direction.scale(R))), after.X)
      close(numbersOf(state.first.scale(1 - beta1)), after.V)
      close(numbersOf(state.second.scale(1 - beta2)), after.H)
    }
  })
})

describe.each([tests.test_momentum, tests.test_momentum_multiple, tests.test_nesterov_momentum])(
  'Momentum of ONNX, mode $attributes.mode',
  ({ attributes, R, tensors }) => {
    const momentum = attributes.alpha
    it('is the heavy ball, or Nesterov', () => {
      const made = attributes.mode === 'nesterov' ? nesterov({ momentum }) : heavyBall({ momentum })
      for (const { before, after } of tensors) {
        const found = made.direction(contextOf(attributes, before.X, before.G), { momentum: one(before.V) })
        close(numbersOf(one(before.X).sub(found.direction.scale(R))), after.X)
        close(numbersOf(found.state.momentum), after.V)
      }
    })
  },
)
