import { EosError, sizeOf } from '@eos-sgd/graph'
import type { StoredTensor } from './checkpoint.ts'
import { type ElementType, elementTypes, foreignCodes } from './element-types.ts'
import type { SafetensorsMetadata } from './encode.ts'

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: Record<string, StoredTensor>
  readonly metadata: SafetensorsMetadata
}

/** As in the format's reference implementation. */
const longestHeader = 100_000_000
const highestRank = 64

interface Entry {
  readonly name: string
  readonly element: ElementType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/**
 * Reads a safetensors file. The arrays are views of `bytes` where those lie aligned, copies elsewhere.
 *
 * Everything is checked before anything is used: the header's length against the file, its JSON, every entry's element
 * type, shape and offsets, and that the tensors fill the file without gap or overlap. Throws `CHECKPOINT_CORRUPT`,
 * naming `source` and what is wrong, or `CHECKPOINT_TYPE` for an element type of other tools (float16, ...).
 */
export function decodeSafetensors(bytes: Uint8Array, source = 'safetensors data'): Safetensors {
  const fail = (what: string): never => {
    throw new EosError('CHECKPOINT_CORRUPT', `${source} is damaged: ${what}.`, {
      hint: 'Delete it, or restore it from a copy.',
    })
  }
  if (bytes.length < 8) fail(`a file has at least 8 bytes, it has ${bytes.length}`)
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  if (length > BigInt(longestHeader)) fail(`its header claims ${length} bytes, more than ${longestHeader}`)
  const start = 8 + Number(length)
  if (start > bytes.length) fail(`its header claims ${length} bytes, but only ${bytes.length - 8} follow`)
  const header = parseHeader(bytes.subarray(8, start), fail)
  const space = bytes.length - start
  const metadata = checkMetadata(header.__metadata__, fail)
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => checkEntry(name, value, space, source, fail))
  checkTiling(entries, space, fail)
  const tensors = Object.fromEntries(
    entries.map(({ name, element, shape, begin }) => {
      const data = view(bytes, start + begin, sizeOf(shape), element)
      return [name, { type: { shape, dtype: element.dtype }, data }]
    }),
  )
  return { tensors, metadata }
}

type Fail = (what: string) => never

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    return fail(`its header is not JSON (${(error as Error).message})`)
  }
  return isRecord(value) ? value : fail('its header is not a JSON object')
}

function checkMetadata(value: unknown, fail: Fail): SafetensorsMetadata {
  if (value === undefined) return {}
  if (!isRecord(value)) return fail('its metadata is not an object')
  for (const [key, text] of Object.entries(value))
    if (typeof text !== 'string') fail(`its metadata "${key}" is not text`)
  return value as Record<string, string>
}

function checkEntry(name: string, value: unknown, space: number, source: string, fail: Fail): Entry {
  if (!isRecord(value)) return fail(`the entry of tensor "${name}" is not an object`)
  const { dtype, shape, data_offsets: offsets } = value
  const element = elementTypes.find(({ code }) => code === dtype)
  if (!element) {
    if (typeof dtype === 'string' && foreignCodes.has(dtype))
      throw new EosError('CHECKPOINT_TYPE', `${source} holds tensor "${name}" as ${dtype}, which is not read here.`, {
        hint: `Convert it to one of ${elementTypes.map(({ code }) => code).join(', ')}.`,
      })
    return fail(`tensor "${name}" has no known element type`)
  }
  if (!Array.isArray(shape) || shape.length > highestRank || !shape.every(isCount))
    return fail(`the shape of tensor "${name}" is not a list of extents`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return fail(`the offsets of tensor "${name}" are not two positions`)
  const [begin, end] = offsets as [number, number]
  if (begin > end || end > space) fail(`tensor "${name}" lies at ${begin} to ${end} of ${space} bytes of data`)
  const size = sizeOf(shape as number[]) * element.array.BYTES_PER_ELEMENT
  if (size !== end - begin)
    fail(`tensor "${name}" of shape [${shape.join(', ')}] needs ${size} bytes, not ${end - begin}`)
  return { name, element, shape: shape as number[], begin, end }
}

/** Tensors follow each other without gap or overlap, from the first byte of data to the last. */
function checkTiling(entries: readonly Entry[], space: number, fail: Fail): void {
  let reached = 0
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== reached)
      fail(`tensor "${name}" begins at byte ${begin} of the data, where the one before ends at ${reached}`)
    reached = end
  }
  if (reached !== space) fail(`its tensors end at byte ${reached} of ${space} bytes of data`)
}

function view(bytes: Uint8Array, at: number, length: number, { array }: ElementType): StoredTensor['data'] {
  const offset = bytes.byteOffset + at
  if (offset % array.BYTES_PER_ELEMENT === 0) return new array(bytes.buffer, offset, length)
  return new array(bytes.slice(at, at + length * array.BYTES_PER_ELEMENT).buffer, 0, length)
}
