import { describe, expect, it } from 'vitest'
import { type NdArray, ndarray } from '../array.ts'
import { jvp } from '../differentiate/jvp.ts'
import { vjp } from '../differentiate/vjp.ts'
import { graph } from '../graph.ts'
import { interpret } from '../interpret.ts'
import * as op from '../ops/index.ts'
import type { Tensor } from '../tensor.ts'

/** Forward and reverse derivative along ones of a function of one vector, at a point with ties or kinks. */
function derivatives(f: (x: Tensor) => Tensor, at: readonly number[]): { forward: number[]; reverse: number[] } {
  const x = op.input('x', [at.length])
  const y = f(x)
  const ones = (like: Tensor): Tensor => op.broadcastLike(op.constant(1), like)
  const [forward] = jvp(
    [y],
    [x],
    [
      op.constant(
        at.map((_, i) => i + 1),
        [at.length],
      ),
    ],
  )
  const [reverse] = vjp([y], [x], [ones(y)])
  const results = interpret(graph('ties', { forward: forward as Tensor, reverse: reverse as Tensor }), {
    x: ndarray(at, [at.length]),
  })
  return { forward: [...(results.forward as NdArray).data], reverse: [...(results.reverse as NdArray).data] }
}

describe('where a derivative has no single value', () => {
  it('Relu and Abs take 0 at 0', () => {
    expect(derivatives(op.relu, [-1, 0, 2])).toEqual({ forward: [0, 0, 3], reverse: [0, 0, 1] })
    expect(derivatives(op.abs, [-1, 0, 2])).toEqual({ forward: [-1, 0, 3], reverse: [-1, 0, 1] })
  })

  it('Max and Min give each of two equal sides half', () => {
    expect(derivatives((x) => op.maximum(x, 1), [0, 1, 2])).toEqual({ forward: [0, 1, 3], reverse: [0, 0.5, 1] })
    expect(derivatives((x) => op.minimum(x, 1), [0, 1, 2])).toEqual({ forward: [1, 1, 0], reverse: [1, 0.5, 0] })
    expect(derivatives((x) => op.maximum(x, x), [3, -1])).toEqual({ forward: [1, 2], reverse: [1, 1] })
  })

  it('ReduceMax averages over the elements that tie', () => {
    expect(derivatives((x) => op.reduceMax(x), [5, 1, 5, 5])).toEqual({
      forward: [(1 + 3 + 4) / 3],
      reverse: [1 / 3, 0, 1 / 3, 1 / 3],
    })
  })

  it('MaxPool averages over the elements of a window that tie, and the padding is none of them', () => {
    const pool =
      (options: Omit<op.PoolOptions, 'window'>) =>
      (x: Tensor): Tensor =>
        op.maxPool(op.reshape(x, [1, 1, ...x.shape]), { window: [2], ...options })
    expect(derivatives(pool({}), [-1, -1, 5, 6])).toEqual({ forward: [1.5, 4], reverse: [0.5, 0.5, 0, 1] })
    expect(derivatives(pool({ strides: [1] }), [-1, -1, -2])).toEqual({ forward: [1.5, 2], reverse: [0.5, 1.5, 0] })
    const padded = { forward: [1, 1.5, 2], reverse: [1.5, 1.5] }
    expect(derivatives(pool({ strides: [1], pads: [1, 1] }), [0, 0])).toEqual(padded)
    expect(derivatives(pool({ strides: [1], pads: [1, 1] }), [-3, -3])).toEqual(padded)
  })

  it('Sign, comparisons, Cast to integers and StopGradient have none', () => {
    const x = op.input('x', [2])
    const v = op.input('v', [2])
    const flat = [
      op.sign(x),
      op.cast(op.greater(x, 0), 'float32'),
      op.cast(op.cast(x, 'int32'), 'float32'),
      op.stopGradient(x),
    ]
    expect(jvp(flat, [x], [v])).toEqual([undefined, undefined, undefined, undefined])
    expect(jvp([x.mul(op.stopGradient(x))], [x], [v])).not.toEqual([undefined])
  })

  it('a power takes its exact slope at 0', () => {
    expect(derivatives((x) => op.pow(x, 2), [0])).toEqual({ forward: [0], reverse: [0] })
    expect(derivatives((x) => op.pow(x, 3), [0, -2])).toEqual({ forward: [0, 24], reverse: [0, 12] })
    const x = op.input('x', [2])
    expect(jvp([op.pow(x, 0)], [x], [op.input('v', [2])])).toEqual([undefined])
  })
})
