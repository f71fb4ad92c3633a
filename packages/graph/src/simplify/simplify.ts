import { finish } from '../finish.ts'
import type { Graph } from '../graph.ts'
import { addition, division, multiplication, negation, renaming, subtraction } from './algebra.ts'
import { gemmAddends, implicitExpands, lateExpands } from './broadcast.ts'
import { channelAddends, channelFactors, channelSums } from './channels.ts'
import { foldConstants, shrinkConstants } from './constants.ts'
import { stackConvolutions } from './convolutions.ts'
import { commonFactors, outwardNumbers } from './factors.ts'
import { sharedGelu } from './gelu.ts'
import { expands, reducedShapes, reshapes, transposes } from './layout.ts'
import {
  accumulatedProducts,
  scaledFactors,
  scaledProducts,
  transposedFactors,
  transposedProducts,
} from './products.ts'
import { type Pass, rewriting } from './rewrite.ts'
import { rowSums } from './row-sums.ts'
import { mergeSubexpressions } from './subexpressions.ts'

const cleaning: readonly Pass[] = [
  mergeSubexpressions,
  rewriting(
    ...[foldConstants, shrinkConstants, renaming],
    ...[reshapes, transposes, expands, reducedShapes, implicitExpands, lateExpands, gemmAddends],
    ...[addition, subtraction, multiplication, division, negation],
  ),
]

const fusing: readonly Pass[] = [
  rewriting(
    ...[transposedProducts, transposedFactors, scaledProducts, scaledFactors, accumulatedProducts],
    ...[outwardNumbers, commonFactors],
    ...[channelAddends, channelFactors, channelSums],
  ),
  stackConvolutions,
  sharedGelu,
  rowSums,
]

/** More rounds than any graph needs: every rule removes work, so a longer run would be a defect. */
const mostRounds = 100

/**
 * An equal graph that is cheaper to run: common subexpressions once, small constants folded, arithmetic with 0 and 1
 * gone, reorderings composed, repeats left to broadcasting, matrix products fused with transposes, scales and addends
 * (`0.9 m + x' dy` becomes one Gemm), multiples with addends by channel, and small convolutions of one image with each
 * other. Equal means: in exact arithmetic, for finite values.
 *
 * Inputs, and the names of inputs and outputs, stay. Simplifying twice changes nothing more. A product is never
 * computed twice. Cost: a few walks over the graph.
 */
export const simplify = (graph: Graph): Graph => finish(simplifying(graph))

/**
 * {@link simplify} walk by walk: yields after each, so that a caller with an event loop can give it a turn. A walk
 * over 1,000 nodes takes a few milliseconds.
 */
export function* simplifying(graph: Graph): Generator<Graph, Graph> {
  let current = yield* settle(graph)
  for (let round = 0; round < mostRounds; round++) {
    const fused = yield* walk(current, fusing)
    if (fused === current) break
    current = yield* settle(fused)
  }
  return current
}

function* settle(graph: Graph): Generator<Graph, Graph> {
  let current = graph
  for (let round = 0; round < mostRounds; round++) {
    const before = current
    current = yield* walk(current, cleaning)
    if (current === before) break
  }
  return current
}

function* walk(graph: Graph, passes: readonly Pass[]): Generator<Graph, Graph> {
  let current = graph
  for (const pass of passes) {
    current = pass(current)
    yield current
  }
  return current
}
