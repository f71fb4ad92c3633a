import { describe, expect, it } from 'vitest'
import type { NdArray } from '../array.ts'
import { grad, hvp } from '../differentiate/derivatives.ts'
import { jvp } from '../differentiate/jvp.ts'
import { vjp } from '../differentiate/vjp.ts'
import { type Graph, graph, nodesOf } from '../graph.ts'
import { interpret } from '../interpret.ts'
import type { Leaf } from '../leaf.ts'
import { readOnnx } from '../onnx/read.ts'
import { writeOnnx } from '../onnx/write.ts'
import { input } from '../ops/leaf.ts'
import { reduceMean } from '../ops/reduction.ts'
import { simplify } from '../simplify/simplify.ts'
import type { Tensor } from '../tensor.ts'
import { Vector } from '../vector.ts'
import { randomComposition } from './random-graphs.ts'
import { expectSame, randomFeeds, randomFrom, runOnnx } from './support.ts'

const shapes = [[2, 3], [3, 2], [3], [], [2, 2, 3]] as const
const leaves = shapes.map((shape, i): Leaf => ({ name: String(i), shape, role: 'vector', decay: false, frozen: false }))

/** A random function of five inputs with its first and second derivatives. */
function randomGraph(seed: number): Graph {
  const random = randomFrom(seed)
  const vector = (stem: string): Vector =>
    new Vector(
      leaves,
      shapes.map((shape, i) => input(`${stem}${i}`, shape)),
    )
  const [x, v, w] = [vector('x'), vector('v'), vector('w')]
  const made = randomComposition(random, x.tensors, 4 + Math.floor(random() * 16))
  const y = made.at(-1) as Tensor
  const u = input('u', y.shape)
  const loss = made.slice(-5).reduce((sum, t) => sum.add(reduceMean(t.mul(t))), reduceMean(y))
  const tangent = jvp([y], x.tensors, v.tensors)[0] ?? y.mul(0)
  const back = new Vector(leaves, vjp([y], x.tensors, [u]))
  return graph(`random ${seed}`, {
    y,
    loss,
    slope: grad(loss, x).dot(v),
    // <u, J v> and <J' u, v>
    forward: u.mul(tangent).node.outputs.map((t) => reduceMean(t).mul(t.shape.reduce((p, e) => p * e, 1)))[0] as Tensor,
    backward: back.dot(v),
    // <w, H v> and <v, H w>
    curvature: hvp(loss, x, v).dot(w),
    mirrored: hvp(loss, x, w).dot(v),
  })
}

const products = (whole: Graph): number =>
  nodesOf(Object.values(whole.outputs)).filter(({ operator }) => operator.type === 'MatMul' || operator.type === 'Gemm')
    .length

describe('random graphs', () => {
  it.each(Array.from({ length: 100 }, (_, i) => i + 1))('seed %i', async (seed) => {
    const whole = randomGraph(seed)
    const feeds = randomFeeds(randomFrom(seed + 1000), whole)
    const expected = interpret(whole, feeds)
    const number = (name: string): number => (expected[name] as NdArray).data[0] as number
    const scale = Math.max(1, Math.abs(number('forward')), Math.abs(number('curvature')))
    expect(Math.abs(number('forward') - number('backward')) / scale).toBeLessThan(1e-10)
    expect(Math.abs(number('curvature') - number('mirrored')) / scale).toBeLessThan(1e-10)

    const simple = simplify(whole)
    expectSame(interpret(simple, feeds), expected, 1e-11)
    expect(simplify(simple)).toBe(simple)
    expect(products(simple)).toBeLessThanOrEqual(products(whole))
    const bytes = writeOnnx(simple, { simplify: false })
    // Constants and the factors of Gemm are float32 in the file.
    expectSame(interpret(readOnnx(bytes), feeds), expected, 1e-5)
    if (seed % 4 === 0) expectSame(await runOnnx(bytes, feeds, seed % 8 === 0), expected, 1e-4)
  })
})
