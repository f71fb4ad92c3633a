import type { Geometry } from '@eos-sgd/core'
import { constant, graph, interpret, type Tensor } from '@eos-sgd/graph'
import { describe, expect, it } from 'vitest'
import { leaf, numbersOf, vectorOf } from '../fixtures/bench.ts'
import { distance, normals, randomMatrix, svd } from '../fixtures/dense.ts'
import { diagonal } from './diagonal.ts'
import { euclidean } from './euclidean.ts'
import { product } from './product.ts'
import { aspectRadius, spectral } from './spectral.ts'

const number = (x: Tensor): number => interpret(graph('x', { x }))['x']?.data[0] as number
const next = normals(3)
const leaves = [leaf('w', [3, 5]), leaf('b', [4])]
const matrices = [leaves[0] as (typeof leaves)[0]]
const vectors = [leaves[1] as (typeof leaves)[0]]
const random = (list = leaves) =>
  vectorOf(
    list,
    list.map(
      ({ shape }) =>
        randomMatrix(
          1,
          shape.reduce((a, b) => a * b, 1),
          next,
        )[0] as number[],
    ),
  )
const positive = vectorOf(vectors, [[4, 1, 0.5, 2]])

const table: [string, Geometry, typeof leaves][] = [
  ['Euclidean', euclidean(), leaves],
  ['diagonal', diagonal(positive), vectors],
  ['spectral', spectral({ radius: aspectRadius }), matrices],
  [
    'product',
    product([
      { leaves: matrices, geometry: spectral(), radius: 2 },
      { leaves: vectors, geometry: diagonal(positive), radius: 0.5 },
    ]),
    leaves,
  ],
]

describe.each(table)('%s geometry', (_, geometry, list) => {
  const [v, d] = [random(list), random(list)]
  it('has a maximiser of unit norm that attains the dual norm', () => {
    const lmo = geometry.lmo(v)
    expect(number(geometry.norm(lmo))).toBeCloseTo(1, 5)
    expect(number(v.dot(lmo))).toBeCloseTo(number(geometry.dualNorm(v)), 6)
  })
  it('keeps <v, d> below ||v||* ||d||, and is homogeneous', () => {
    expect(Math.abs(number(v.dot(d)))).toBeLessThanOrEqual(
      number(geometry.dualNorm(v)) * number(geometry.norm(d)) + 1e-9,
    )
    expect(number(geometry.norm(d.scale(-3)))).toBeCloseTo(3 * number(geometry.norm(d)), 9)
  })
  it('gives zero at zero', () => {
    expect(
      numbersOf(geometry.lmo(v.scale(0)))
        .flat()
        .every((x) => Math.abs(x) === 0),
    ).toBe(true)
  })
  it('has metrics that undo each other, where it has them', () => {
    if (!geometry.metric || !geometry.inverseMetric) return
    expect(distance(numbersOf(geometry.inverseMetric(geometry.metric(v))), numbersOf(v))).toBeLessThan(1e-12)
    expect(number(v.dot(geometry.metric(v)))).toBeCloseTo(number(geometry.norm(v)) ** 2, 9)
  })
})

describe('oracles of geometry.md', () => {
  const two = [leaf('w', [2, 2])]
  it('G3: spectral, W = diag(3, 1): lmo I, dual 4', () => {
    const w = vectorOf(two, [[3, 0, 0, 1]])
    expect(distance(numbersOf(spectral().lmo(w)), [[1, 0, 0, 1]])).toBeLessThan(1e-6)
    expect(number(spectral().dualNorm(w))).toBeCloseTo(4, 6)
    expect(number(spectral().norm(w))).toBeCloseTo(3, 6)
  })
  it('G4: spectral, L = <A, W>^2/2: S = (3 + 1)^2 = 16', () => {
    const a = vectorOf(two, [[3, 0, 0, 1]])
    const d = spectral().lmo(a)
    expect(number(a.dot(d)) ** 2).toBeCloseTo(16, 5)
  })
  it('G5: product of two 1 x 1 layers with radii 1 and 2: dual 3, D 5', () => {
    const pair = [leaf('a', [1, 1]), leaf('b', [1, 1])]
    const g = vectorOf(pair, [[1], [1]])
    for (const geometry of [
      spectral({ radius: ({ name }) => (name === 'a' ? 1 : 2) }),
      product(pair.map((one, i) => ({ leaves: [one], geometry: euclidean(), radius: i + 1 }))),
    ]) {
      const lmo = geometry.lmo(g)
      expect(number(geometry.dualNorm(g))).toBeCloseTo(3, 6)
      expect(number(lmo.dot(lmo))).toBeCloseTo(5, 5)
    }
  })
  it('G6: diagonal P = diag(4, 1), H = diag(8, 1): S 2', () => {
    const one = [leaf('v', [2])]
    const geometry = diagonal(vectorOf(one, [[4, 1]]))
    const d = geometry.lmo(vectorOf(one, [[1, 0]]))
    expect(number(d.map((_, x) => x.mul(constant([8, 1], [2]))).dot(d))).toBeCloseTo(2, 9)
  })
})

it('the spectral dual norm is the nuclear norm', () => {
  const a = randomMatrix(3, 5, next)
  const sum = svd(a).s.reduce((x, y) => x + y, 0)
  expect(number(spectral().dualNorm(vectorOf(matrices, [a.flat()])))).toBeCloseTo(sum, 5)
})
