import type { Message, Schema } from './wire.ts'

/** The fields of `onnx.proto` that we write or read, with their numbers. Subgraphs stay unread bytes. */
const define = <const S extends Schema>(schema: S): S => schema

export const tensorProto = define({
  dims: [1, 'int', 'many'],
  dataType: [2, 'int'],
  floatData: [4, 'float', 'many'],
  int32Data: [5, 'int', 'many'],
  int64Data: [7, 'int', 'many'],
  name: [8, 'string'],
  rawData: [9, 'bytes'],
  doubleData: [10, 'double', 'many'],
  externalData: [13, 'bytes', 'many'],
  dataLocation: [14, 'int'],
})

export const attributeProto = define({
  name: [1, 'string'],
  f: [2, 'float'],
  i: [3, 'int'],
  s: [4, 'bytes'],
  t: [5, tensorProto],
  g: [6, 'bytes'],
  floats: [7, 'float', 'many'],
  ints: [8, 'int', 'many'],
  type: [20, 'int'],
  refAttrName: [21, 'string'],
})

export const nodeProto = define({
  input: [1, 'string', 'many'],
  output: [2, 'string', 'many'],
  name: [3, 'string'],
  opType: [4, 'string'],
  attribute: [5, attributeProto, 'many'],
  domain: [7, 'string'],
})

const dimension = define({ value: [1, 'int'], param: [2, 'string'] })
const tensorShape = define({ dim: [1, dimension, 'many'] })
const tensorTypeProto = define({ elemType: [1, 'int'], shape: [2, tensorShape] })
const typeProto = define({ tensorType: [1, tensorTypeProto] })
const valueInfo = define({ name: [1, 'string'], type: [2, typeProto] })

export const graphProto = define({
  node: [1, nodeProto, 'many'],
  name: [2, 'string'],
  initializer: [5, tensorProto, 'many'],
  input: [11, valueInfo, 'many'],
  output: [12, valueInfo, 'many'],
  sparseInitializer: [15, 'bytes', 'many'],
})

const operatorSet = define({ domain: [1, 'string'], version: [2, 'int'] })

export const modelProto = define({
  irVersion: [1, 'int'],
  producerName: [2, 'string'],
  graph: [7, graphProto],
  opsetImport: [8, operatorSet, 'many'],
})

/** A model whose graph is encoded already. */
export const modelOfBytes = define({ ...modelProto, graph: [7, 'bytes'] })

export type TensorProto = Message<typeof tensorProto>
export type AttributeProto = Message<typeof attributeProto>
export type NodeProto = Message<typeof nodeProto>
export type ValueInfo = Message<typeof valueInfo>
export type ModelProto = Message<typeof modelProto>

/** `AttributeProto.AttributeType`. */
export const attributeType = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7 } as const
