/** Tiny ONNX models for this package's tests, written byte by byte: this package knows nothing of graphs. */
import { type ElementType, elements } from './element.ts'

type Bytes = readonly number[]
type Port = readonly [name: string, type: ElementType, shape: readonly number[]]
type Operation = readonly [operator: string, inputs: readonly string[], output: string]

const varint = (value: number): Bytes => (value < 128 ? [value] : [(value % 128) + 128, ...varint(value >>> 7)])
const integer = (field: number, value: number): Bytes => [...varint(field * 8), ...varint(value)]
const message = (field: number, bytes: Bytes): Bytes => [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes]
const text = (field: number, value: string): Bytes => message(field, [...new TextEncoder().encode(value)])

const port = ([name, type, shape]: Port): Bytes => {
  const extents = shape.flatMap((extent) => message(1, integer(1, extent)))
  return [...text(1, name), ...message(2, message(1, [...integer(1, elements[type].code), ...message(2, extents)]))]
}

const operation = ([operator, inputs, output]: Operation): Bytes => [
  ...inputs.flatMap((name) => text(1, name)),
  ...text(2, output),
  ...text(3, output),
  ...text(4, operator),
]

/** The bytes of an `.onnx` file, opset 18. */
export function model(inputs: readonly Port[], operations: readonly Operation[], outputs: readonly Port[]): Uint8Array {
  const graph = [
    ...operations.flatMap((it) => message(1, operation(it))),
    ...text(2, 'fixture'),
    ...inputs.flatMap((it) => message(11, port(it))),
    ...outputs.flatMap((it) => message(12, port(it))),
  ]
  return Uint8Array.from([...integer(1, 9), ...message(8, integer(2, 18)), ...message(7, graph)])
}

/** y = a + b. */
export const addition = (shape: readonly number[], type: ElementType = 'float32'): Uint8Array =>
  model(
    [
      ['a', type, shape],
      ['b', type, shape],
    ],
    [['Add', ['a', 'b'], 'y']],
    [['y', type, shape]],
  )

/** y = tanh(... tanh(x w) w ...), `depth` times, with square w: as long to run as wanted. */
export const layers = (width: number, depth: number): Uint8Array =>
  model(
    [
      ['x', 'float32', [width, width]],
      ['w', 'float32', [width, width]],
    ],
    Array.from({ length: depth }, (_, layer) => {
      const from = layer === 0 ? 'x' : `t${layer - 1}`
      return [
        ['MatMul', [from, 'w'], `m${layer}`],
        ['Tanh', [`m${layer}`], layer === depth - 1 ? 'y' : `t${layer}`],
      ] as const
    }).flat(),
    [['y', 'float32', [width, width]]],
  )
