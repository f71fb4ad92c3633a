import * as op from '../ops/index.ts'
import type { Tensor } from '../tensor.ts'
import type { Random } from './support.ts'

/** Operators that keep values and their derivatives moderate, so that random compositions stay comparable. */
const unary: readonly ((x: Tensor) => Tensor)[] = [
  op.tanh,
  op.sigmoid,
  op.sin,
  op.cos,
  op.neg,
  op.erf,
  op.gelu,
  op.identity,
  (x) => op.softplus(x),
  (x) => op.mul(x, 0.5),
  (x) => op.div(x, 4),
  (x) => op.add(x, 0),
  (x) => op.mul(x, 1),
  (x) => op.mul(x, 0),
  (x) => op.exp(op.tanh(x)),
  (x) => op.relu(x),
  (x) => op.log(op.add(op.mul(x, x), 1)),
  (x) => (x.shape.length === 0 ? op.tanh(x) : op.softmax(x)),
  (x) => (x.shape.at(-1) === 3 ? op.layerNorm(x, { epsilon: 0.5 }) : op.sin(x)),
]
const binary: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  op.add,
  op.sub,
  (a, b) => op.mul(op.tanh(a), op.tanh(b)),
  (a, b) => op.div(op.tanh(a), op.add(op.mul(op.sin(b), 0.5), 1)),
  op.maximum,
  (a, b) => op.where(op.greater(a, b), op.sin(a), b),
]

/** A random composition over a pool that starts with the given tensors of rank 0 to 3; returns what was added. */
export function randomComposition(random: Random, seeds: readonly Tensor[], nodes: number): Tensor[] {
  const pool = [...seeds]
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const recent = (): Tensor => (random() < 0.5 ? pick(pool.slice(-4)) : pick(pool))
  const fits = (a: Tensor, b: Tensor): boolean =>
    a.shape.every((e, i) => e === 1 || b.shape.slice(-a.shape.length)[i] === e)
  while (pool.length < seeds.length + nodes) {
    const x = recent()
    const rank = x.shape.length
    const axis = Math.floor(random() * rank)
    const choice = random()
    if (choice < 0.25) pool.push(pick(unary)(x))
    else if (choice < 0.55) {
      const partner = pick(pool.filter((y) => y.shape.length <= rank && fits(y, x)))
      pool.push(random() < 0.5 ? pick(binary)(x, partner) : pick(binary)(partner, x))
    } else if (choice < 0.75) {
      const rows = pool.filter((y) => y.shape.length >= 2)
      const [left, right] = [pick(rows), pick(rows)]
      const turned = left.shape.at(-1) === right.shape.at(-2) ? right : op.swapLast(right)
      if (
        left.shape.at(-1) === turned.shape.at(-2) &&
        (left.shape.length < 3 || turned.shape.length === 2 || left.shape[0] === turned.shape[0])
      )
        pool.push(op.matmul(left, turned).mul(0.3))
    } else if (rank === 0) pool.push(op.expand(x, pick([[2], [2, 3], [3, 2]])))
    else if (choice < 0.8) pool.push(op.transpose(x))
    else if (choice < 0.84) pool.push(op.reshape(x, [x.shape.reduce((p, e) => p * e, 1)]))
    else if (choice < 0.9)
      pool.push(
        pick([op.reduceSum, op.reduceMean, op.reduceSumSquare, op.reduceLogSumExp])(x, [axis], random() < 0.5).mul(0.3),
      )
    else if (choice < 0.93) pool.push(op.concat([x, op.tanh(x)], axis))
    else if (choice < 0.96 && (x.shape[axis] as number) > 1)
      pool.push(op.slice(x, axis, 1, x.shape[axis] as number, 1 + Math.floor(random() * 2)))
    else pool.push(op.expand(x, [2, ...x.shape]))
    if ((pool.at(-1) as Tensor).shape.reduce((p, e) => p * e, 1) > 300) pool.pop()
  }
  return pool.slice(seeds.length)
}
