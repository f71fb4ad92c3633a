import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** Scalar kinds of protocol buffer fields that ONNX uses. `int` covers int32, int64 and enums. */
export type Kind = 'int' | 'float' | 'double' | 'string' | 'bytes'

/** Field number, what it holds, and whether it repeats. */
export type Field = readonly [number: number, kind: Kind | Schema, repeats?: 'many']

/** A message type: its fields by name. Fields that it does not list are skipped when read. */
export interface Schema {
  readonly [name: string]: Field
}

type Scalar<K> = K extends 'int' | 'float' | 'double'
  ? number
  : K extends 'string'
    ? string
    : K extends 'bytes'
      ? Uint8Array
      : K extends Schema
        ? Message<K>
        : never

/** The value of a message of a schema; absent fields are undefined, absent repeated fields too. */
export type Message<S extends Schema> = {
  readonly [K in keyof S]?: (S[K][2] extends 'many' ? readonly Scalar<S[K][1]>[] : Scalar<S[K][1]>) | undefined
}

/** Encodes a message. Repeated numbers are written unpacked, which every parser accepts. */
export function encode<S extends Schema>(schema: S, message: Message<S>): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter()
  writeMessage(writer, schema, message)
  return writer.finish()
}

function writeMessage(writer: BinaryWriter, schema: Schema, message: Message<Schema>): void {
  for (const [name, [number, kind, many]] of Object.entries(schema)) {
    const value: unknown = message[name]
    if (value === undefined) continue
    for (const item of many ? (value as readonly unknown[]) : [value]) writeField(writer, number, kind, item)
  }
}

function writeField(writer: BinaryWriter, number: number, kind: Kind | Schema, value: unknown): void {
  if (kind === 'int') writer.tag(number, WireType.Varint).int64(value as number)
  else if (kind === 'float') writer.tag(number, WireType.Bit32).float(value as number)
  else if (kind === 'double') writer.tag(number, WireType.Bit64).double(value as number)
  else if (kind === 'string') writer.tag(number, WireType.LengthDelimited).string(value as string)
  else if (kind === 'bytes') writer.tag(number, WireType.LengthDelimited).bytes(value as Uint8Array)
  else {
    writer.tag(number, WireType.LengthDelimited).fork()
    writeMessage(writer, kind, value as Message<Schema>)
    writer.join()
  }
}

/**
 * Decodes a message; repeated numbers may be packed or not. Bytes are views of the input. Integers beyond 2^53 are
 * rounded. Throws whatever the wire reader throws on malformed input; the caller gives it a code.
 */
export function decode<S extends Schema>(schema: S, bytes: Uint8Array): Message<S> {
  const reader = new BinaryReader(bytes)
  return readMessage(reader, schema, reader.len) as Message<S>
}

function readMessage(reader: BinaryReader, schema: Schema, end: number): Record<string, unknown> {
  const fields = new Map(Object.entries(schema).map(([name, [number, kind, many]]) => [number, { name, kind, many }]))
  const message: Record<string, unknown> = {}
  while (reader.pos < end) {
    const [number, wireType] = reader.tag()
    const field = fields.get(number)
    if (!field) {
      reader.skip(wireType, number)
      continue
    }
    const items = readItems(reader, field.kind, wireType, end)
    if (field.many) {
      const list = message[field.name] as unknown[] | undefined
      if (list) for (const item of items) list.push(item)
      else message[field.name] = items
    } else if (items.length > 0) message[field.name] = items.at(-1)
  }
  if (reader.pos !== end) throw new Error('a field runs past the end of its message')
  return message
}

const wireTypes = { int: WireType.Varint, float: WireType.Bit32, double: WireType.Bit64 } as const

function readItems(reader: BinaryReader, kind: Kind | Schema, wireType: WireType, end: number): unknown[] {
  if (kind === 'int' || kind === 'float' || kind === 'double') {
    if (wireType === wireTypes[kind]) return [readNumber(reader, kind)]
    const stop = lengthDelimited(reader, wireType, end)
    const items: number[] = []
    while (reader.pos < stop) items.push(readNumber(reader, kind))
    return items
  }
  if (typeof kind !== 'string') return [readMessage(reader, kind, lengthDelimited(reader, wireType, end))]
  if (wireType !== WireType.LengthDelimited) throw new Error(`unexpected wire type ${wireType}`)
  const bytes = reader.bytes()
  return [kind === 'bytes' ? bytes : decoder.decode(bytes)]
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function readNumber(reader: BinaryReader, kind: 'int' | 'float' | 'double'): number {
  return kind === 'int' ? Number(reader.int64()) : kind === 'float' ? reader.float() : reader.double()
}

/** Reads a length prefix and returns where the field ends. */
function lengthDelimited(reader: BinaryReader, wireType: WireType, end: number): number {
  if (wireType !== WireType.LengthDelimited) throw new Error(`unexpected wire type ${wireType}`)
  const length = reader.uint32()
  if (reader.pos + length > end) throw new Error('a field runs past the end of its message')
  return reader.pos + length
}
