import { add, mul } from '../ops/arithmetic.ts'
import { tanh } from '../ops/elementary.ts'
import { addRows } from '../ops/gather.ts'
import { gelu } from '../ops/gelu.ts'
import { layerNorm } from '../ops/layer-norm.ts'
import { reshape } from '../ops/shape.ts'
import { logSoftmax, softmax } from '../ops/softmax.ts'
import type { Tensor } from '../tensor.ts'
import type { Importer } from './application.ts'

const alongAxis =
  (f: (x: Tensor, axis: number) => Tensor): Importer =>
  (node) => {
    const x = node.tensor(0)
    return f(x, node.axis(node.int('axis', -1), x.shape.length))
  }

/** Exact, or `x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))/2` on request. */
const readGelu: Importer = (node) => {
  const x = node.tensor(0)
  const approximate = node.string('approximate', 'none')
  if (approximate === 'none') return gelu(x)
  if (approximate !== 'tanh') throw node.unsupported(`approximate "${approximate}"`)
  const inner = mul(mul(x, add(mul(mul(x, x), 0.044715), 1)), Math.sqrt(2 / Math.PI))
  return mul(mul(x, add(tanh(inner), 1)), 0.5)
}

const readLayerNormalization: Importer = (node) => {
  const [x, scale, shift] = [node.tensor(0), node.tensor(1), node.inputs[2]]
  const first = node.axis(node.int('axis', -1), x.shape.length)
  const axes = x.shape.flatMap((_, axis) => (axis < first ? [] : [axis]))
  return layerNorm(x, { scale, ...(shift ? { shift } : {}), axes, epsilon: node.float('epsilon', 1e-5) })
}

const readScatterND: Importer = (node) => {
  if (node.string('reduction', 'none') !== 'add') throw node.unsupported('its reduction is not "add"')
  const indices = node.tensor(1)
  if (indices.shape.at(-1) !== 1) throw node.unsupported('its indices name more than a row')
  return addRows(node.tensor(0), reshape(indices, indices.shape.slice(0, -1)), node.tensor(2))
}

/** What networks on sequences are made of. */
export const sequenceImporters: readonly (readonly [string, Importer])[] = [
  ['Softmax', alongAxis(softmax)],
  ['LogSoftmax', alongAxis(logSoftmax)],
  ['Gelu', readGelu],
  ['LayerNormalization', readLayerNormalization],
  ['ScatterND', readScatterND],
]
