import {
  EosError,
  type Graph,
  graph,
  input,
  inputName,
  type Node,
  nodesOf,
  substitute,
  type Tensor,
} from '@eos-sgd/graph'
import type { TracedProgram } from './program.ts'

/**
 * One graph of a step that is cut at its data means. Inputs and outputs are named as in a traced program, and besides:
 * `mean/<i>` is a data mean, added up over the micro-batches so far, which enters again as `sum/<i>`; `carry/<i>` is a value
 * that a later stage reads.
 */
export interface Stage {
  /** `each`: once for every micro-batch; `once`: on the means. */
  readonly runs: 'each' | 'once'
  readonly graph: Graph
}

/** The input through which what was added up so far of a data mean enters again. */
const sumOf = (mean: string): string => mean.replace('mean/', 'sum/')

/** The data mean whose sum so far an input is, or undefined. */
export const meanOf = (name: string): string | undefined =>
  name.startsWith('sum/') ? name.replace('sum/', 'mean/') : undefined

/** True where a program has marks of data means, so that it must be cut for more than one micro-batch. */
export const hasDataMeans = ({ graph: { outputs } }: TracedProgram): boolean =>
  nodesOf(Object.values(outputs)).some(isMark)

const isMark = (node: Node): boolean => node.operator.type === 'DataMean'

/**
 * Cuts a traced program at its marks. The value of a tensor is *common* where it is the same for all micro-batches and
 * *partial* where it depends on the samples at hand; a mark makes a common value of a partial one. The level of a value
 * is the number of marks on the longest way to it. Stage by stage, from level 0:
 * - `once`: the common values of this level that the next `each` needs, or in the end the outputs;
 * - `each`: the marked values of the next level, added up over the micro-batches: `mean = sum + x/count`.
 *
 * Common values are computed once and carried; partial ones (activations) are computed again in each level that needs
 * them, so that memory stays that of one micro-batch. A mark on a common value is that value.
 * Throws `NOT_DATA_MEAN` when an output depends on samples without a mark.
 */
export function cutAtMeans({ graph: whole }: TracedProgram, count: number): readonly Stage[] {
  const nodes = nodesOf(Object.values(whole.outputs))
  const { partial, level, marks, fixed } = analyse(nodes)
  const loose = Object.entries(whole.outputs).find(([, tensor]) => partial.has(tensor))
  if (loose)
    throw new EosError('NOT_DATA_MEAN', `"${loose[0]}" of program "${whole.name}" depends on single samples.`, {
      hint: 'Use the data means of the context: loss, gradient, hvp, buffersAfter.',
    })

  const outputs = Object.values(whole.outputs)
  const last = Math.max(0, ...outputs.map((tensor) => level.get(tensor) as number), ...marks.map((mark) => mark.level))
  const means = new Map(marks.map(({ output }, i) => [output, input(`mean/${i}`, output.shape, output.dtype)]))
  const needs = Array.from({ length: last + 1 }, (_, k) =>
    k === last ? outputs : commonInputs(marks.filter((mark) => mark.level === k + 1).map(({ source }) => source)),
  )

  /** Which stage computes a common node; filled level by level, only with what is needed. */
  const home = new Map<Node, number>()
  const carried = new Map<Tensor, Tensor>()
  for (let k = 0; k <= last; k++) {
    const visit = (tensor: Tensor): void => {
      const { node } = tensor
      const known = home.get(node)
      if (isGiven(tensor) || known === k) return
      if (known !== undefined) {
        if (!carried.has(tensor)) carried.set(tensor, input(`carry/${carried.size}`, tensor.shape, tensor.dtype))
        return
      }
      home.set(node, k)
      pending.push(...node.inputs)
    }
    const pending: Tensor[] = [...(needs[k] as readonly Tensor[])]
    for (let tensor = pending.pop(); tensor; tensor = pending.pop()) visit(tensor)
    if (k < last)
      for (const tensor of needs[k] as readonly Tensor[])
        if (!isGiven(tensor) && !carried.has(tensor))
          carried.set(tensor, input(`carry/${carried.size}`, tensor.shape, tensor.dtype))
  }

  const stages: Stage[] = []
  for (let k = 0; k <= last; k++) {
    const own = [...carried].filter(([tensor]) => home.get(tensor.node) === k)
    const earlier = new Map([...means, ...[...carried].filter(([tensor]) => (home.get(tensor.node) as number) < k)])
    const results = [
      ...own.map(([tensor, symbol]) => [inputName(symbol) as string, tensor] as const),
      ...(k === last ? Object.entries(whole.outputs) : []),
    ]
    if (results.length > 0) stages.push({ runs: 'once', graph: extract(`${whole.name}, level ${k}`, results, earlier) })
    if (k === last) break
    const known = new Map([...means, ...[...carried].filter(([tensor]) => (home.get(tensor.node) as number) <= k)])
    const added = marks
      .filter((mark) => mark.level === k + 1)
      .map(({ output, source }) => {
        const mean = inputName(means.get(output) as Tensor) as string
        const sum = input(sumOf(mean), output.shape, output.dtype)
        const [value] = substitute([source], known) as [Tensor]
        return [mean, sum.add(value.mul(1 / count))] as const
      })
    stages.push({ runs: 'each', graph: graph(`${whole.name}, data mean ${k + 1}`, Object.fromEntries(added)) })
  }
  return stages

  /** Values that every stage has or makes for itself: inputs, the means, constants and what is made of them. */
  function isGiven(tensor: Tensor): boolean {
    return inputName(tensor) !== undefined || means.has(tensor) || fixed.has(tensor)
  }

  /** The common values that partial ones are computed from. */
  function commonInputs(sources: readonly Tensor[]): Tensor[] {
    const seen = new Set<Node>()
    const found = new Set<Tensor>()
    const pending = [...sources]
    for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
      if (!partial.has(tensor)) found.add(tensor)
      else if (!seen.has(tensor.node)) {
        seen.add(tensor.node)
        pending.push(...tensor.node.inputs)
      }
    }
    return [...found].filter((tensor) => !isGiven(tensor))
  }
}

const extract = (
  name: string,
  results: readonly (readonly [string, Tensor])[],
  replacements: ReadonlyMap<Tensor, Tensor>,
): Graph => {
  const tensors = substitute(
    results.map(([, tensor]) => tensor),
    replacements,
  )
  return graph(name, Object.fromEntries(results.map(([key], i) => [key, tensors[i] as Tensor])))
}

interface Mark {
  readonly output: Tensor
  readonly source: Tensor
  readonly level: number
}

/** Partial values, levels, the marks that average something, and the values that depend on no input at all. */
function analyse(nodes: readonly Node[]) {
  const partial = new Set<Tensor>()
  const fixed = new Set<Tensor>()
  const level = new Map<Tensor, number>()
  const marks: Mark[] = []
  for (const node of nodes) {
    const deepest = Math.max(0, ...node.inputs.map((x) => level.get(x) as number))
    const averages = isMark(node) && node.inputs.some((x) => partial.has(x))
    for (const output of node.outputs) {
      level.set(output, averages ? deepest + 1 : deepest)
      if (averages) marks.push({ output, source: node.inputs[0] as Tensor, level: deepest + 1 })
      else if (inputName(output)?.startsWith('batch/') || node.inputs.some((x) => partial.has(x))) partial.add(output)
      else if (inputName(output) === undefined && node.inputs.every((x) => fixed.has(x))) fixed.add(output)
    }
  }
  return { partial, fixed, level, marks }
}
