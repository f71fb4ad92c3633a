import { EosError, type Model, type ParameterSpec } from '@eos-sgd/core'
import { scope, showType, sizeOf, swapLast, type Tensor } from '@eos-sgd/graph'
import { type Activation, type ActivationName, activationOf } from './activations.ts'

/** Options of {@link mlp}. */
export interface MlpOptions {
  /** Numbers of inputs, hidden units of each layer, and outputs: `[784, 256, 256, 10]`. */
  readonly widths: readonly number[]
  /** Between the layers; none after the last. `relu` by default. */
  readonly activation?: ActivationName | Activation
  /** Whether layers add a bias; true by default. */
  readonly bias?: boolean
  readonly name?: string
}

/**
 * A multilayer perceptron: `h' = activation(h W^T + b)`, linear at the end.
 *
 * Reads the input `x` of shape `[B, ...]` whose samples hold `widths[0]` numbers (images are flattened, row-major) and
 * returns `[B, widths.at(-1)]`. Parameters are named and shaped as PyTorch names a list of layers:
 * `layers.0.weight` `[outputs, inputs]` (role `matrix`, the last one `output`) and `layers.0.bias` `[outputs]`
 * (`vector`). Both start as PyTorch's `Linear` does, uniform on `[-1/sqrt(inputs), 1/sqrt(inputs)]`.
 * Cost: `2 B sum(inputs * outputs)` flops a forward. Throws `MODEL_WIDTHS`, and `MODEL_INPUT` when traced.
 *
 * @example
 * const model = mlp({ widths: [784, 256, 256, 10] })
 */
export function mlp({ widths, activation = 'relu', bias = true, name }: MlpOptions): Model {
  if (widths.length < 2 || widths.some((width) => !(Number.isInteger(width) && width > 0)))
    throw new EosError('MODEL_WIDTHS', `Widths [${widths.join(', ')}] do not make a network.`, {
      hint: 'Give at least two positive whole numbers: inputs, hidden units, outputs.',
    })
  const activate = activationOf(activation)
  const features = widths[0] as number
  const count = widths.length - 1
  const layer = (i: number): string => `layers.${i}`

  const parameters = Array.from({ length: count }, (_, i): ParameterSpec[] => {
    const [inputs, outputs] = [widths[i] as number, widths[i + 1] as number]
    const init = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } as const
    const role = i === count - 1 ? 'output' : 'matrix'
    const weight: ParameterSpec = { name: `${layer(i)}.weight`, shape: [outputs, inputs], role, init }
    return bias ? [weight, { name: `${layer(i)}.bias`, shape: [outputs], role: 'vector', init }] : [weight]
  }).flat()

  return {
    name: name ?? `mlp ${widths.join('-')}`,
    parameters,
    buffers: [],
    apply({ params }, { x }) {
      let hidden = flat(x, features)
      for (let i = 0; i < count; i++)
        hidden = scope(layer(i), () => {
          const product = hidden.matmul(swapLast(params.get(`${layer(i)}.weight`)))
          const sum = bias ? product.add(params.get(`${layer(i)}.bias`)) : product
          return i < count - 1 ? activate(sum) : sum
        })
      return { output: hidden }
    },
  }
}

/** `[B, ...]` as `[B, features]`. */
function flat(x: Tensor | undefined, features: number): Tensor {
  if (!x) throw new EosError('MODEL_INPUT', 'The model reads an input "x", which the batch does not have.')
  const [batch, ...sample] = x.shape
  if (batch === undefined || sizeOf(sample) !== features)
    throw new EosError('MODEL_INPUT', `The model takes ${features} numbers per sample, but "x" is ${showType(x)}.`, {
      hint: `Make widths[0] the number of inputs of a sample (${sizeOf(sample)}).`,
    })
  return sample.length === 1 ? x : x.reshape([batch, features])
}
