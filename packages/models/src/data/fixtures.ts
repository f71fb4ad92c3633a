import type { Dataset, HostArray, Order } from '@eos-sgd/core'
import { sizeOf } from '@eos-sgd/graph'

/** Zeroed arrays for a batch, as a backend would own them. */
export function batchArrays(data: Dataset, batch: number): Record<string, HostArray> {
  return Object.fromEntries(
    Object.entries(data.fields).map(([name, { dtype, shape }]) => {
      const size = batch * sizeOf(shape)
      return [
        name,
        dtype === 'int64' ? new BigInt64Array(size) : dtype === 'int32' ? new Int32Array(size) : new Float32Array(size),
      ]
    }),
  )
}

/** Every batch from an order on, as plain numbers by field. */
export async function batchesOf(
  data: Dataset,
  order: Partial<Order> & { readonly batch: number },
): Promise<Record<string, number[]>[]> {
  const reader = data.read({ seed: null, epoch: 0, position: 0, ...order })
  const out = batchArrays(data, order.batch)
  const batches: Record<string, number[]>[] = []
  for (;;) {
    const size = await reader.next(out)
    if (size === 0) break
    batches.push(
      Object.fromEntries(
        Object.entries(out).map(([name, array]) => [
          name,
          Array.from(array as Float32Array, Number).slice(0, (array.length / order.batch) * size),
        ]),
      ),
    )
    if (size < order.batch) break
  }
  await reader.close?.()
  return batches
}

/** All values of a field, in the order given. */
export async function valuesOf(data: Dataset, field: string, order: Partial<Order> = {}): Promise<number[]> {
  return (await batchesOf(data, { batch: 7, ...order })).flatMap((batch) => batch[field] ?? [])
}
