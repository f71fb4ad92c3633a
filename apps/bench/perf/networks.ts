import { type Backend, type Task, type Training, train } from '@eos-sgd/core'
import { graph, input, matmul, type Tensor, transpose } from '@eos-sgd/graph'
import { classification, mlp } from '@eos-sgd/models'
import type { Contestant } from './interleave.ts'
import { noise } from './workload.ts'

/** A multilayer perceptron of the speed targets. */
export interface Network {
  readonly widths: readonly number[]
  readonly batch: number
  readonly task: Task
}

const network = (widths: readonly number[], batch: number): Network => ({
  widths,
  batch,
  task: classification({
    model: mlp({ widths }),
    shape: [widths[0] as number],
    classes: widths.at(-1) as number,
    name: `mlp ${widths.join('-')}`,
  }),
})
export const networks = { A: network([784, 256, 256, 10], 128), B: network([784, 1024, 1024, 10], 512) } as const

/** A training run on random samples, one step at a time, as the training loop runs it: `seconds` of its step events. */
export function steps(
  name: string,
  { task, batch }: { readonly task: Task; readonly batch: number },
  backend: Backend,
  algorithm: Parameters<typeof train>[0]['algorithm'],
): Contestant & { readonly run: Training } {
  const run = train({ task, data: noise(task, 8 * batch), algorithm, backend, batch, until: { steps: 1_000_000 } })
  const events = run[Symbol.asyncIterator]()
  return {
    name,
    run,
    async once() {
      for (;;) {
        const { value, done } = await events.next()
        if (done) throw new Error(`${name} ended early`)
        if (value.type === 'step') return value.seconds * 1000
      }
    },
  }
}

/** All matrix products of one gradient, and nothing else, in one program of the same engine. */
export async function products(network: Network, backend: Backend): Promise<Contestant> {
  const { widths, batch } = network
  const outputs: Record<string, Tensor> = {}
  for (let layer = 0; layer + 1 < widths.length; layer++) {
    const [fanIn, fanOut] = [widths[layer] as number, widths[layer + 1] as number]
    const x = input(`x${layer}`, [batch, fanIn])
    const weight = input(`w${layer}`, [fanOut, fanIn])
    const above = input(`g${layer}`, [batch, fanOut])
    outputs[`forward${layer}`] = matmul(x, transpose(weight))
    outputs[`weights${layer}`] = matmul(transpose(above), x)
    if (layer > 0) outputs[`inputs${layer}`] = matmul(above, weight)
  }
  const program = await backend.compile(graph('products', outputs))
  const allocate = (types: typeof program.inputs) =>
    Object.fromEntries(
      Object.entries(types).map(([name, { shape, dtype }]) => [name, backend.allocate({ shape, dtype })]),
    )
  const [inputs, results] = [allocate(program.inputs), allocate(program.outputs)]
  for (const tensor of Object.values(inputs)) {
    const host = tensor.host as Float32Array
    for (let i = 0; i < host.length; i++) host[i] = Math.sin(i)
  }
  return {
    name: 'products',
    async once() {
      const begin = performance.now()
      await program.run(inputs, results)
      return performance.now() - begin
    },
  }
}
