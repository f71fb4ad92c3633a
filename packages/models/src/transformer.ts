import { EosError, type Initializer, type Model, type ParameterSpec, type Tensors } from '@eos-sgd/core'
import {
  attention,
  dropout as dropOut,
  gather,
  gelu,
  layerNorm,
  type Role,
  type Shape,
  scope,
  showType,
  slice,
  swapLast,
  type Tensor,
  type Vector,
} from '@eos-sgd/graph'

/** Options of {@link transformer}. */
export interface TransformerOptions {
  /** Number of different tokens. */
  readonly vocabulary: number
  /** Longest sequence, in tokens. */
  readonly context: number
  /** Numbers that stand for a token between the layers. */
  readonly width: number
  readonly layers: number
  /** Attention heads of a layer; they divide the width. */
  readonly heads: number
  /** Hidden units of a layer's perceptron; four times the width by default. */
  readonly hidden?: number
  /** Share of the numbers that training drops after the embedding and on each branch; 0 by default. */
  readonly dropout?: number
  readonly name?: string
}

/**
 * A causal Transformer decoder: token and position embeddings, then layers of
 * `h += attention(norm h)` and `h += W2 gelu(W1 norm h)`, a last norm and a linear output that is not tied to the
 * embedding. The prediction at a position depends on the tokens up to it only.
 *
 * Reads the input `x` (int64 tokens, `[B, T]`, `T` up to `context`) and returns logits `[B, T, vocabulary]`. Parameters
 * are named and shaped as PyTorch names the modules: `embedding.weight`, `position.weight` (role `embedding`, normal
 * with deviation 0.1), `layers.0.norm1.weight` (`vector`), `layers.0.attention.qkv.weight` `[3 width, width]`
 * (`matrix`), ..., `output.weight` (`output`). Dense layers start as PyTorch's `Linear` does, uniform on
 * `±1/sqrt(inputs)`, norms at 1 and 0.
 *
 * Cost: `2 B T (layers (4 width^2 + 2 T width + 2 width hidden) + width vocabulary)` flops a forward. Throws
 * `MODEL_OPTIONS`, and `MODEL_INPUT` when traced. Source: Vaswani et al., arXiv:1706.03762; norms first as in Radford et al., 2019.
 *
 * @example
 * const model = transformer({ vocabulary: 85, context: 64, width: 64, layers: 2, heads: 4 })
 */
export function transformer(options: TransformerOptions): Model {
  const { vocabulary, context, width, layers, heads, hidden = 4 * width, dropout = 0, name } = options
  for (const [key, value] of Object.entries({ vocabulary, context, width, layers, heads, hidden }))
    if (!(Number.isInteger(value) && value > 0))
      throw new EosError('MODEL_OPTIONS', `A Transformer cannot have ${key} ${value}.`, {
        hint: 'Give a positive whole number.',
      })
  if (width % heads !== 0)
    throw new EosError('MODEL_OPTIONS', `${heads} heads do not divide the width ${width}.`, {
      hint: 'Choose a width that is a multiple of the number of heads.',
    })
  const block = (i: number): string => `layers.${i}`
  const blocks = Array.from({ length: layers }, (_, i) => block(i))
  const places = ['embedding', ...blocks.flatMap((at) => [`${at}.attention`, `${at}.mlp`])]

  return {
    name: name ?? `transformer ${layers} x ${width}`,
    parameters: [
      ...table('embedding', [vocabulary, width]),
      ...table('position', [context, width]),
      ...blocks.flatMap((at) => [
        ...norm(`${at}.norm1`, width),
        ...dense(`${at}.attention.qkv`, [3 * width, width]),
        ...dense(`${at}.attention.out`, [width, width]),
        ...norm(`${at}.norm2`, width),
        ...dense(`${at}.mlp.0`, [hidden, width]),
        ...dense(`${at}.mlp.2`, [width, hidden]),
      ]),
      ...norm('norm', width),
      ...dense('output', [vocabulary, width], 'output'),
    ],
    buffers: [],
    ...(dropout > 0 ? { draws: Object.fromEntries(places.map((at) => [drawOf(at), [context, width]])) } : {}),
    apply({ params }, inputs, mode) {
      const tokens = checked(inputs['x'], context)
      const [batch, length] = tokens.shape as [number, number]
      const sequences: Shape = [batch, length, width]
      // Rows of tokens, [B T, width], so that every dense layer is one product of two matrices.
      const rows: Shape = [batch * length, width]
      const dropped = (x: Tensor, at: string): Tensor =>
        dropout > 0 && mode === 'train' ? dropOut(x, draw(inputs, at).reshape(rows), dropout) : x

      let h = scope('embedding', () => {
        const positions = slice(params.get('position.weight'), 0, 0, length)
        const sum = gather(params.get('embedding.weight'), tokens).add(positions)
        return dropped(sum.reshape(rows), 'embedding')
      })
      for (const at of blocks)
        scope(at, () => {
          const { weight, bias } = afterNorm(params, `${at}.norm1`, `${at}.attention.qkv`)
          const normal = layerNorm(h)
          const [q, k, v] = [0, 1, 2].map((i) => {
            // The weights are cut, not the activations, which are larger.
            const part = (x: Tensor): Tensor => slice(x, 0, i * width, (i + 1) * width)
            return linear(normal, part(weight), part(bias)).reshape(sequences)
          }) as [Tensor, Tensor, Tensor]
          const mixed = attention(q, k, v, { heads, causal: true }).reshape(rows)
          h = h.add(dropped(linear(mixed, ...layer(params, `${at}.attention.out`)), `${at}.attention`))
          const first = afterNorm(params, `${at}.norm2`, `${at}.mlp.0`)
          const units = gelu(linear(layerNorm(h), first.weight, first.bias))
          h = h.add(dropped(linear(units, ...layer(params, `${at}.mlp.2`)), `${at}.mlp`))
        })
      return {
        output: scope('output', () => {
          const { weight, bias } = afterNorm(params, 'norm', 'output')
          return linear(layerNorm(h), weight, bias).reshape([batch, length, vocabulary])
        }),
      }
    },
  }
}

const linear = (x: Tensor, weight: Tensor, bias: Tensor): Tensor => x.matmul(swapLast(weight)).add(bias)

const layer = (params: Vector, at: string): [Tensor, Tensor] => [params.get(`${at}.weight`), params.get(`${at}.bias`)]

/**
 * A dense layer that takes in scale and shift of the norm before it: `W (s x + t) + b = (W s) x + (W t + b)`. They act
 * on the weights, which are fewer than the activations, forwards and backwards.
 */
function afterNorm(params: Vector, norm: string, dense: string): { readonly weight: Tensor; readonly bias: Tensor } {
  const [scale, shift] = layer(params, norm)
  const [weight, bias] = layer(params, dense)
  const [outputs, inputs] = weight.shape as [number, number]
  return {
    weight: weight.mul(scale),
    bias: weight
      .matmul(shift.reshape([inputs, 1]))
      .reshape([outputs])
      .add(bias),
  }
}

const table = (name: string, shape: Shape): ParameterSpec[] => [
  { name: `${name}.weight`, shape, role: 'embedding', init: { kind: 'normal', deviation: 0.1 } },
]

const norm = (name: string, width: number): ParameterSpec[] => [
  { name: `${name}.weight`, shape: [width], role: 'vector', init: { kind: 'constant', value: 1 } },
  { name: `${name}.bias`, shape: [width], role: 'vector', init: { kind: 'constant', value: 0 } },
]

function dense(name: string, [outputs, inputs]: readonly [number, number], role: Role = 'matrix'): ParameterSpec[] {
  const init: Initializer = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) }
  return [
    { name: `${name}.weight`, shape: [outputs, inputs], role, init },
    { name: `${name}.bias`, shape: [outputs], role: 'vector', init },
  ]
}

const drawOf = (place: string): string => `dropout/${place}`

function draw(inputs: Tensors, at: string): Tensor {
  const found = inputs[drawOf(at)]
  if (!found)
    throw new EosError('MODEL_INPUT', `Dropout needs the random numbers "${drawOf(at)}", which were not given.`)
  return found
}

function checked(x: Tensor | undefined, context: number): Tensor {
  if (!x) throw new EosError('MODEL_INPUT', 'The model reads an input "x", which the batch does not have.')
  const length = x.shape[1]
  if (x.shape.length !== 2 || x.dtype !== 'int64' || length === undefined || length > context)
    throw new EosError(
      'MODEL_INPUT',
      `The model takes int64 tokens [B, T] with T up to ${context}, got ${showType(x)}.`,
      {
        hint: 'Make the context as long as the sequences.',
      },
    )
  return x
}
