import {
  type BatchReader,
  type Dataset,
  EosError,
  type Field,
  type Fields,
  type HostArray,
  type Order,
} from '@eos-sgd/core'
import { sizeOf } from '@eos-sgd/graph'
import { checkColumn } from './check.ts'
import { copierOf } from './copy-rows.ts'

/** One sample, or several: flat numbers by field, as many as whole samples of the field's shape. */
export type StreamRecord = Readonly<Record<string, number | ArrayLike<number> | BigInt64Array>>

/** Where a stream of samples begins: `seed` is `null` where the stored order is wanted. */
export interface StreamStart {
  readonly seed: number | null
  readonly epoch: number
}

/** Options of {@link stream}. */
export interface StreamOptions {
  readonly name?: string
  /** Samples of an epoch, where that is known. */
  readonly size?: number
}

/** Records of a file, a database, a generator ...; called once per epoch, and again when a run resumes. */
export type StreamFactory = (start: StreamStart) => AsyncIterable<StreamRecord> | Iterable<StreamRecord>

/**
 * A data set that is walked through, not held. The factory gives one epoch; shuffling is its own business, and the
 * same (seed, epoch) must give the same samples: a run that resumes in mid-epoch passes over those it has seen.
 * Records of any number of samples are cut into batches. Each is checked as it comes: `STREAM_FIELD`, `DATA_SIZE`,
 * `DATA_VALUE`, `DATA_LABEL`, with the index of the sample in the epoch. Nothing but the current record is held.
 *
 * @example
 * const data = stream(async function* () { for await (const row of rows) yield { x: row.features, label: row.kind } },
 *   { x: { shape: [4], dtype: 'float32' }, label: { shape: [], dtype: 'int64', classes: 3 } })
 */
export function stream(factory: StreamFactory, fields: Fields, { name = 'stream', size }: StreamOptions = {}): Dataset {
  return {
    name,
    fields,
    ...(size === undefined ? {} : { size }),
    read: (order) => reader(factory, fields, name, order),
  }
}

function reader(
  factory: StreamFactory,
  fields: Fields,
  name: string,
  { batch, seed, epoch, position }: Order,
): BatchReader {
  const records = iterate(factory({ seed, epoch }))
  let record: Chunk = { count: 0, copy: () => undefined }
  let used = 0
  let seen = 0
  let skip = position * batch
  let ended = false

  /** Makes the current record one with samples left; false at the end. */
  const advance = async (): Promise<boolean> => {
    while (used === record.count && !ended) {
      const { done, value } = await records.next()
      if (done) {
        ended = true
        break
      }
      record = chunk(value, fields, name, seen)
      seen += record.count
      used = Math.min(skip, record.count)
      skip -= used
    }
    return used < record.count
  }
  return {
    async next(out) {
      let filled = 0
      while (filled < batch && (await advance())) {
        const rows = Math.min(batch - filled, record.count - used)
        record.copy(out, filled, used, rows)
        filled += rows
        used += rows
      }
      return filled
    },
    async close() {
      ended = true
      await records.return?.()
    },
  }
}

interface Chunk {
  readonly count: number
  copy(out: Readonly<Record<string, HostArray>>, to: number, from: number, rows: number): void
}

/** A checked record. */
function chunk(record: StreamRecord, fields: Fields, name: string, first: number): Chunk {
  let count: number | undefined
  const copiers = Object.entries(fields).map(([key, field]) => {
    const source = flat(record?.[key], field, key, name, first)
    const width = sizeOf(field.shape)
    const samples = source.length / width
    if (!Number.isInteger(samples) || samples === 0 || (count ?? samples) !== samples)
      throw new EosError(
        'DATA_SIZE',
        `The record at sample ${first} of stream "${name}" holds ${source.length} numbers in "${key}", ${width} per sample${count === undefined ? '' : `, but ${count} samples in the field before`}.`,
        {
          hint: 'Every field needs the same number of whole samples.',
        },
      )
    count = samples
    const labels = field.classes !== undefined
    checkColumn({ name: key, source, width, labels, classes: field.classes, first })
    return [key, copierOf(source, width)] as const
  })
  return {
    count: count ?? 0,
    copy(out, to, from, rows) {
      for (const [key, copy] of copiers) {
        const target = out[key]
        if (target) copy(target, to, from, rows)
      }
    },
  }
}

function flat(
  values: StreamRecord[string] | undefined,
  field: Field,
  key: string,
  name: string,
  first: number,
): HostArray {
  if (values === undefined)
    throw new EosError('STREAM_FIELD', `The record at sample ${first} of stream "${name}" has no "${key}".`, {
      hint: `Give { ${key}: ... } with ${sizeOf(field.shape)} numbers per sample.`,
    })
  if (typeof values === 'number') return Float64Array.of(values)
  const typed = [Float32Array, Float64Array, Uint8Array, Int32Array, BigInt64Array].some(
    (kind) => values instanceof kind,
  )
  return typed ? (values as HostArray) : Float64Array.from(values as ArrayLike<number>)
}

function iterate(
  source: AsyncIterable<StreamRecord> | Iterable<StreamRecord>,
): AsyncIterator<StreamRecord> | Iterator<StreamRecord> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
}
