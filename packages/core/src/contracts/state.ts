import type { Tensor, Vector } from '@eos-sgd/graph'

/** Device state: tensors only. Host state is JSON. Both together are a checkpoint. */
export type State = Tensor | Vector | { readonly [key: string]: State }
/** The state of a plugin that remembers nothing. */
export type Stateless = Readonly<Record<string, never>>
export type Tensors = Readonly<Record<string, Tensor>>
/** Plain numbers that the host sends to a program, or receives from it. */
export type Scalars = Readonly<Record<string, number>>
/** What a host state may hold; a number that may be missing is `null`, never NaN. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Weights and the running statistics (batch norm) that belong to them; always moved together. */
export interface Point {
  readonly params: Vector
  readonly buffers: Vector
}
