import type { Operator } from './operator.ts'
import * as arithmetic from './ops/arithmetic.ts'
import { BatchNormalization } from './ops/batch-norm.ts'
import * as comparison from './ops/comparison.ts'
import { Conv, ConvTranspose } from './ops/convolution/operators.ts'
import { DataMean } from './ops/data-mean.ts'
import * as elementary from './ops/elementary.ts'
import { Gather } from './ops/gather.ts'
import { Gelu } from './ops/gelu.ts'
import { Constant, Identity, Input, StopGradient } from './ops/leaf.ts'
import * as algebra from './ops/linear-algebra.ts'
import { AveragePool, MaxPool } from './ops/pooling.ts'
import * as reduction from './ops/reduction.ts'
import * as selection from './ops/selection.ts'
import * as shape from './ops/shape.ts'
import { Softmax } from './ops/softmax.ts'

/** Every operator of the toolkit by ONNX type, in the order of the README's table. Input, StopGradient and DataMean are our own. */
export const operators: Readonly<Record<string, Operator>> = Object.fromEntries(
  [
    ...[Input, Constant, Identity, StopGradient, DataMean],
    ...[arithmetic.Add, arithmetic.Sub, arithmetic.Mul, arithmetic.Div, arithmetic.Neg],
    ...[elementary.Exp, elementary.Log, elementary.Sqrt, elementary.Reciprocal, elementary.Pow],
    ...[elementary.Tanh, elementary.Sigmoid, elementary.Softplus, elementary.Erf, elementary.Sin, elementary.Cos],
    Gelu,
    ...[selection.Relu, selection.Abs, selection.Sign, selection.Max, selection.Min, selection.Where],
    ...[comparison.Equal, comparison.Less, comparison.LessOrEqual, comparison.Greater, comparison.GreaterOrEqual],
    ...[comparison.And, comparison.Or, comparison.Not, comparison.Cast],
    ...[algebra.MatMul, algebra.Gemm, algebra.Transpose],
    ...[reduction.ReduceSum, reduction.ReduceMean, reduction.ReduceSumSquare],
    ...[reduction.ReduceMax, Softmax, reduction.ArgMax],
    ...[Conv, ConvTranspose, MaxPool, AveragePool, BatchNormalization],
    Gather,
    ...[shape.Reshape, shape.Expand, shape.Concat, shape.Slice, shape.Pad],
  ].map((operator) => [operator.type, operator]),
)
