import type { Shape } from './type.ts'

/**
 * What a parameter is for. `matrix`: a dense layer's weights, `[outputs, inputs]`. `kernel`: a convolution's,
 * `[outputs, inputs, ...window]`. `embedding`: a table `[rows, width]`. `output`: the last dense layer's matrix.
 * `vector`: everything else (biases, scales).
 */
export type Role = 'matrix' | 'kernel' | 'embedding' | 'output' | 'vector'

/** One named parameter or buffer and what a rule that treats layers differently may ask about it. */
export interface Leaf {
  readonly name: string
  readonly shape: Shape
  readonly role: Role
  /** Whether decoupled weight decay applies. */
  readonly decay: boolean
  /** A frozen parameter keeps its value: its gradient is zero and no decay touches it. */
  readonly frozen: boolean
}
