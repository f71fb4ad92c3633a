import { describe, expect, it } from 'vitest'
import { ndarray } from './array.ts'
import { grad } from './differentiate/derivatives.ts'
import { graph } from './graph.ts'
import { interpret } from './interpret.ts'
import { dataMean, exp, input, reduceSum } from './ops/index.ts'
import { scope } from './scope.ts'
import { substitute } from './substitute.ts'
import type { Tensor } from './tensor.ts'
import { Vector } from './vector.ts'

const [x, y, z] = [input('x', [2]), input('y', [2]), input('z', [2])]
const kept = exp(y)
const inner = scope('layer', () => x.mul(y))
const whole = reduceSum(inner.add(kept))

describe('substitute', () => {
  it('computes the same with another tensor in the place of one inside', () => {
    const [other] = substitute([whole], new Map([[inner, z]])) as [Tensor]
    const { value } = interpret(graph('other', { value: other }), {
      y: ndarray([0, 0], [2]),
      z: ndarray([3, 4], [2]),
    })
    expect(value?.data[0]).toBe(9)
    expect(Object.keys(graph('other', { other }).inputs)).toEqual(['y', 'z'])
  })

  it('keeps what does not depend on it, and the scopes of what does', () => {
    const [sum] = substitute([inner.add(kept)], new Map([[x, z]])) as [Tensor]
    const [product, same] = sum.node.inputs as [Tensor, Tensor]
    expect(same).toBe(kept)
    expect(product.node.scope).toBe('layer')
    expect(substitute([kept], new Map([[x, z]]))).toEqual([kept])
    expect(substitute([x], new Map([[x, z]]))).toEqual([z])
  })
})

describe('dataMean', () => {
  it('stays in derivatives, marking the mean of cotangents', () => {
    const leaf = { name: 'x', shape: [2], role: 'vector', decay: true, frozen: false } as const
    const gradient = grad(reduceSum(dataMean(x).mul(y)), new Vector([leaf], [x])).get('x')
    expect(gradient.node.operator.type).toBe('DataMean')
  })
})
