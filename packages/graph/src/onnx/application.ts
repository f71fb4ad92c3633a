import type { NdArray } from '../array.ts'
import { EosError } from '../error.ts'
import type { Tensor } from '../tensor.ts'
import { arrayOf, knownValue } from './constants.ts'
import { type AttributeProto, attributeType, type NodeProto } from './schema.ts'

/** One node of a file: its operands as tensors, its attributes with their defaults, its refusals. */
export class Application {
  readonly type: string
  readonly inputs: readonly (Tensor | undefined)[]
  readonly opset: number
  readonly #attributes: ReadonlyMap<string, AttributeProto>
  readonly #label: string

  constructor(node: NodeProto, inputs: readonly (Tensor | undefined)[], opset: number) {
    this.type = node.opType ?? ''
    this.inputs = inputs
    this.opset = opset
    this.#attributes = new Map((node.attribute ?? []).map((attribute) => [attribute.name ?? '', attribute]))
    this.#label = labelOf(node)
  }

  /** The `i`-th input; throws `ONNX_CORRUPT` where the file leaves it out. */
  tensor(i: number): Tensor {
    const found = this.inputs[i]
    if (!found) throw new EosError('ONNX_CORRUPT', `${this.#label} lacks its input ${i}.`)
    return found
  }

  /** All inputs, each of which must be there; at least one. */
  tensors(): readonly [Tensor, ...Tensor[]] {
    return [this.tensor(0), ...this.inputs.slice(1).map((_, i) => this.tensor(i + 1))]
  }

  has(name: string): boolean {
    return this.#attributes.has(name)
  }

  int(name: string, otherwise?: number): number {
    return this.#find(name, attributeType.int)?.i ?? this.#default(name, otherwise)
  }

  float(name: string, otherwise?: number): number {
    const found = this.#find(name, attributeType.float)
    // A proto3 writer leaves out a zero.
    return found ? (found.f ?? 0) : this.#default(name, otherwise)
  }

  ints(name: string): readonly number[] | undefined {
    const found = this.#find(name, attributeType.ints)
    return found && (found.ints ?? [])
  }

  floats(name: string): readonly number[] | undefined {
    const found = this.#find(name, attributeType.floats)
    return found && (found.floats ?? [])
  }

  string(name: string, otherwise: string): string {
    const found = this.#find(name, attributeType.string)
    return found ? new TextDecoder().decode(found.s ?? new Uint8Array()) : otherwise
  }

  array(name: string): NdArray | undefined {
    const found = this.#find(name, attributeType.tensor)
    return found?.t && arrayOf(found.t, `Attribute ${name} of ${this.#label}`)
  }

  /** The integers of an input that must be constant, such as axes; undefined where the file leaves it out. */
  operand(i: number): readonly number[] | undefined {
    const given = this.inputs[i]
    if (!given) return undefined
    const value = knownValue(given)
    if (!value || (value.dtype !== 'int64' && value.dtype !== 'int32'))
      throw this.unsupported(`its input ${i} is not a constant list of integers`)
    return [...value.data]
  }

  /** {@link operand} where the file must give it. */
  required(i: number): readonly number[] {
    this.tensor(i)
    return this.operand(i) ?? []
  }

  /** An axis counted from the front; throws `ONNX_CORRUPT` where there is none such. */
  axis(axis: number, rank: number): number {
    const positive = axis < 0 ? axis + rank : axis
    if (!(Number.isInteger(axis) && positive >= 0 && positive < rank))
      throw new EosError('ONNX_CORRUPT', `${this.#label} speaks of axis ${axis} of ${rank}.`)
    return positive
  }

  axes(axes: readonly number[], rank: number): readonly number[] {
    const positive = axes.map((axis) => this.axis(axis, rank))
    if (new Set(positive).size !== positive.length)
      throw new EosError('ONNX_CORRUPT', `${this.#label} repeats an axis: [${axes.join(', ')}].`)
    return positive
  }

  unsupported(reason: string): EosError {
    return new EosError('ONNX_UNSUPPORTED', `${this.#label} is not supported: ${reason}.`)
  }

  #find(name: string, type: number): AttributeProto | undefined {
    const found = this.#attributes.get(name)
    if (!found) return undefined
    if (found.refAttrName || (found.type !== undefined && found.type !== type))
      throw new EosError('ONNX_CORRUPT', `Attribute ${name} of ${this.#label} is of an unexpected type.`)
    return found
  }

  #default(name: string, otherwise: number | undefined): number {
    // A proto3 writer leaves out a zero.
    if (this.#attributes.has(name)) return 0
    if (otherwise === undefined) throw new EosError('ONNX_CORRUPT', `${this.#label} lacks the attribute ${name}.`)
    return otherwise
  }
}

/** `Gemm "layer1/Gemm_0"`, as messages name a node of a file. */
export const labelOf = (node: NodeProto): string => `${node.opType ?? 'A node'} "${node.name ?? ''}"`

/** Makes the output of a node of a file. Reads what opsets 13 to 25 mean by the operator. */
export type Importer = (node: Application) => Tensor
