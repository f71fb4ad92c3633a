import { apply1 } from '../apply.ts'
import { gather, type NdArray, stridesOf } from '../array.ts'
import { EosError } from '../error.ts'
import { defineOp } from '../operator.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat, type Shape, showType, sizeOf, type TensorType } from '../type.ts'
import { add, mul } from './arithmetic.ts'
import { broadcastLike, unbroadcast } from './broadcast.ts'
import { broadcastShape, broadcastTo } from './elementwise.ts'
import { reshape } from './shape.ts'

/** Reorders axes: axis `i` of the output is axis `perm[i]` of the input. */
export const Transpose = defineOp({
  type: 'Transpose',
  attributes: { perm: 'ints' },
  infer: ([x], { perm }) => {
    const { shape, dtype } = x as TensorType
    const order = perm as readonly number[]
    if ([...order].sort((a, b) => a - b).some((axis, i) => axis !== i) || order.length !== shape.length)
      throw new EosError(
        'SHAPE',
        `[${order.join(', ')}] is not a permutation of the axes of ${showType(x as TensorType)}.`,
      )
    return [{ shape: order.map((axis) => shape[axis] as number), dtype }]
  },
  evaluate: ([x], { perm }, [output]) => {
    const { shape, dtype } = output as TensorType
    const source = stridesOf((x as NdArray).shape)
    const strides = (perm as readonly number[]).map((axis) => source[axis] as number)
    return [{ shape, dtype, data: gather((x as NdArray).data, shape, strides) }]
  },
  tangent: 'linear',
  transpose: (node, [cotangent]) => {
    const perm = node.attributes.perm as readonly number[]
    const inverse = perm.map((_, axis) => perm.indexOf(axis))
    return cotangent && transpose(cotangent, inverse)
  },
})

/** Matrix product over the last two axes, broadcasting over the others: `[..., m, k] [..., k, n] -> [..., m, n]`. */
export const MatMul = defineOp({
  type: 'MatMul',
  infer: ([a, b]) => {
    const [x, y] = [a, b] as [TensorType, TensorType]
    if (!isFloat(x.dtype) || x.dtype !== y.dtype)
      throw new EosError('DTYPE', `Cannot multiply ${showType(x)} by ${showType(y)}.`, {
        hint: 'Cast both to one float type.',
      })
    if (x.shape.length < 2 || y.shape.length < 2 || x.shape.at(-1) !== y.shape.at(-2))
      throw new EosError('SHAPE', `Cannot multiply ${showType(x)} by ${showType(y)}.`, {
        hint: 'Both need at least two axes, and the last of the first must equal the second-last of the second.',
      })
    const batch = broadcastShape(x.shape.slice(0, -2), y.shape.slice(0, -2))
    return [{ shape: [...batch, x.shape.at(-2) as number, y.shape.at(-1) as number], dtype: x.dtype }]
  },
  evaluate: ([a, b], _, [output]) => {
    const [x, y, { shape, dtype }] = [a, b, output] as [NdArray, NdArray, TensorType]
    const [m, k, n] = [x.shape.at(-2), x.shape.at(-1), y.shape.at(-1)] as [number, number, number]
    const batch = shape.slice(0, -2)
    const left = broadcastTo(x, [...batch, m, k])
    const right = broadcastTo(y, [...batch, k, n])
    const data = new Float64Array(sizeOf(shape))
    for (let p = 0; p < sizeOf(batch); p++)
      for (let i = 0; i < m; i++)
        for (let l = 0; l < k; l++) {
          const factor = left[(p * m + i) * k + l] as number
          for (let j = 0; j < n; j++) {
            const at = (p * m + i) * n + j
            data[at] = (data[at] as number) + factor * (right[(p * k + l) * n + j] as number)
          }
        }
    return [{ shape, dtype, data }]
  },
  tangent: 'multilinear',
  transpose: (node, [cotangent], input) => {
    if (!cotangent) return undefined
    const [a, b] = node.inputs as [Tensor, Tensor]
    const product = input === 0 ? matmul(cotangent, swapLast(b)) : matmul(swapLast(a), cotangent)
    return unbroadcast(product, (node.inputs[input] as Tensor).shape)
  },
})

/**
 * `alpha op(A) op(B) + beta C` of matrices, `op` the transpose where `transA`, `transB` is 1. Emitted by the
 * simplifier only; its derivative is that of the expression it stands for.
 */
export const Gemm = defineOp({
  type: 'Gemm',
  attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
  infer: (inputs, attributes) => {
    const [a, b, c] = inputs as [TensorType, TensorType, TensorType | undefined]
    if (a.shape.length !== 2 || b.shape.length !== 2)
      throw new EosError('SHAPE', `Gemm needs matrices, got ${showType(a)} and ${showType(b)}.`)
    const [product] = MatMul.infer([turned(a, attributes.transA), turned(b, attributes.transB)], {}) as [TensorType]
    if (c && String(broadcastShape(product.shape, c.shape)) !== String(product.shape))
      throw new EosError('SHAPE', `${showType(c)} does not broadcast to the product ${showType(product)}.`)
    return [product]
  },
  evaluate: (inputs, attributes, outputs) => {
    const [a, b, c] = inputs as [NdArray, NdArray, NdArray | undefined]
    const output = outputs[0] as TensorType
    const { alpha = 1, beta = 1 } = attributes as { alpha?: number; beta?: number }
    const left = attributes.transA ? turn(a) : a
    const right = attributes.transB ? turn(b) : b
    const [product] = MatMul.evaluate([left, right], {}, outputs) as [NdArray]
    const addend = c && broadcastTo(c, output.shape)
    const data = product.data.map((value, i) => alpha * value + (addend ? beta * (addend[i] as number) : 0))
    return [{ ...output, data }]
  },
  tangent: (node, tangents) => {
    const [a, b] = node.inputs as [Tensor, Tensor]
    const [da, db, dc] = tangents
    const {
      alpha = 1,
      beta = 1,
      transA,
      transB,
    } = node.attributes as { alpha?: number; beta?: number; transA?: number; transB?: number }
    const product = (x: Tensor, y: Tensor): Tensor =>
      mul(matmul(transA ? swapLast(x) : x, transB ? swapLast(y) : y), alpha)
    const terms = [da && product(da, b), db && product(a, db), dc && mul(dc, beta)].filter((t) => t !== undefined)
    const sum = terms.length === 0 ? undefined : terms.reduce((x, y) => add(x, y))
    return [sum && broadcastLike(sum, node.outputs[0] as Tensor)]
  },
})

/** Reorders the axes; without `perm` it reverses them. */
export function transpose(x: Tensor, perm?: readonly number[]): Tensor {
  const order = perm ?? x.shape.map((_, axis) => x.shape.length - 1 - axis)
  if (order.every((axis, i) => axis === i)) return x
  const { operator, inputs, attributes } = x.node
  if (operator === Transpose) {
    const inner = attributes.perm as readonly number[]
    return transpose(
      inputs[0] as Tensor,
      order.map((axis) => inner[axis] as number),
    )
  }
  return apply1(Transpose, [x], { perm: order })
}

/** Exchanges the last two axes. */
export const swapLast = (x: Tensor): Tensor => {
  const rank = x.shape.length
  return transpose(
    x,
    x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)),
  )
}

/**
 * Matrix product over the last two axes. Cost `2 m k n` flops. A stack of matrices times one matrix is a single tall
 * product, so that the derivative in that matrix is a single product too, not a stack of them that is summed.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [rows, inner] = [a.shape.slice(0, -1), a.shape.at(-1)]
  if (a.shape.length < 3 || b.shape.length !== 2 || inner !== b.shape[0]) return apply1(MatMul, [a, b])
  const tall = apply1(MatMul, [reshape(a, [sizeOf(rows), inner as number]), b])
  return reshape(tall, [...rows, b.shape[1] as number])
}

const turned = (type: TensorType, flag: unknown): TensorType =>
  flag ? { dtype: type.dtype, shape: [type.shape[1] as number, type.shape[0] as number] } : type

const turn = (x: NdArray): NdArray => {
  const shape = [x.shape[1], x.shape[0]] as Shape
  return { shape, dtype: x.dtype, data: gather(x.data, shape, [1, shape[0] as number]) }
}
