import { nodesOf } from '../graph.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { Erf, erf } from '../ops/elementary.ts'
import { Gelu } from '../ops/gelu.ts'
import type { Tensor } from '../tensor.ts'
import { asScaled } from './algebra.ts'
import { type Pass, rebuild } from './rewrite.ts'

/**
 * Gelu is written out where its slope computes the error function of the same input too, which costs most of it; merging
 * subexpressions then makes one of both. By itself it stays one operator, which engines run in one pass.
 */
export const sharedGelu: Pass = (graph) => {
  const known = new Set<Tensor>()
  for (const { operator, inputs } of nodesOf(Object.values(graph.outputs))) {
    const scaled = operator === Erf ? asScaled(inputs[0] as Tensor) : undefined
    if (scaled?.by === Math.SQRT1_2) known.add(scaled.of)
  }
  return rebuild(graph, ({ operator, inputs }, before) =>
    operator === Gelu && known.has(before.inputs[0] as Tensor) ? writtenOut(inputs[0] as Tensor) : undefined,
  )
}

/** The half comes last, where a product takes it for nothing. */
const writtenOut = (x: Tensor): Tensor => mul(mul(x, add(erf(mul(x, Math.SQRT1_2)), 1)), 0.5)
