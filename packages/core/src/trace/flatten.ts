import { EosError, Tensor, Vector } from '@eos-sgd/graph'
import type { Point, State } from '../contracts/state.ts'

/** Replaces every tensor of a state, keeping its structure. Paths are `a/b/leaf`. Throws `STATE` for anything else. */
export function mapState<S extends State>(state: S, f: (path: string, tensor: Tensor) => Tensor, path: string): S {
  const visit = (value: State, at: string): State => {
    if (value instanceof Tensor) return f(at, value)
    if (value instanceof Vector) {
      const tensors = value.leaves.map((leaf, i) => f(`${at}/${leaf.name}`, value.tensors[i] as Tensor))
      return new Vector(value.leaves, tensors)
    }
    if (typeof value !== 'object' || value === null)
      throw new EosError(
        'STATE',
        `Device state "${at}" is ${String(value)}, but it may hold only tensors, vectors and records of them.`,
        {
          hint: 'Keep numbers as scalar tensors, or in the host state.',
        },
      )
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner, `${at}/${key}`)]))
  }
  return visit(state, path) as S
}

/** The tensors of a state by path, in the order of its keys. */
export function flattenState(state: State, path: string): Map<string, Tensor> {
  const flat = new Map<string, Tensor>()
  mapState(
    state,
    (at, tensor) => {
      flat.set(at, tensor)
      return tensor
    },
    path,
  )
  return flat
}

/** {@link flattenState} of a point: `params/...` and `buffers/...`. */
export const flattenPoint = (point: Partial<Point>, prefix = ''): Map<string, Tensor> =>
  new Map([
    ...(point.params ? flattenState(point.params, `${prefix}params`) : []),
    ...(point.buffers ? flattenState(point.buffers, `${prefix}buffers`) : []),
  ])
