/**
 * The gradients of convolutions in every formulation, and which one the rule chooses, as ratios to the best:
 * `npm run perf -- convolution [--threads N] [--seconds S] [--only fitted|held-out] [--fit]`
 *
 * On average the choice takes at most 1.1 times the time of the best. `--seconds` is spent on each shape; `--fit` prints
 * the constants of the rule that fit the fitted shapes.
 */
import { parseArgs } from 'node:util'
import { type CpuBackend, cpu } from '@eos-sgd/backend-cpu'
import {
  type ConvolutionShapes,
  convolution,
  convolutionGradients,
  type Formulation,
  type Graph,
  graph,
  input,
  type Tensor,
  type Windows,
} from '@eos-sgd/graph'
import { fitted, heldOut, type Timed } from './convolution-shapes.ts'
import { type Contestant, interleave } from './interleave.ts'

/** Least milliseconds of every formulation of one gradient of one shape: what others do on the machine only adds. */
interface Row {
  readonly shapes: ConvolutionShapes
  readonly of: 'input' | 'weight'
  readonly times: ReadonlyMap<Formulation, number>
}

const label = ({ n, c, o, h, k, stride, pad, dilation, group }: Timed): string =>
  `${n},${c},${o},${h},${k}${stride ? ` /${stride}` : ''}${pad === undefined ? '' : ` pad ${pad}`}${dilation ? ` dilation ${dilation}` : ''}${group ? ` groups ${group}` : ''}`

function problem({ n, c, o, h, k, stride = 1, pad = k >> 1, dilation = 1, group = 1 }: Timed) {
  const windows: Windows = {
    window: [k, k],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    dilations: [dilation, dilation],
  }
  const [x, w] = [input('x', [n, c, h, h]), input('w', [o, c / group, k, k])]
  const y = convolution(x, w, { ...windows, group })
  const shapes = convolutionGradients.shapesOf(x.shape, w.shape, windows, group)
  return { x, w, y, g: input('g', y.shape), shapes }
}

/** A graph as a contestant, fed with noise. */
async function contestant(name: string, whole: Graph, backend: CpuBackend): Promise<Contestant & { dispose(): void }> {
  const program = await backend.compile(whole)
  const allocate = (types: typeof program.inputs) =>
    Object.fromEntries(Object.entries(types).map(([key, type]) => [key, backend.allocate(type)]))
  const [inputs, outputs] = [allocate(program.inputs), allocate(program.outputs)]
  for (const { host } of Object.values(inputs))
    for (let i = 0; i < (host?.length ?? 0); i++) (host as Float32Array)[i] = Math.sin(i * i)
  return {
    name,
    async once() {
      const begin = performance.now()
      await program.run(inputs, outputs)
      return performance.now() - begin
    },
    dispose() {
      for (const held of [program, ...Object.values(inputs), ...Object.values(outputs)]) held.dispose()
    },
  }
}

async function time(timed: Timed, backend: CpuBackend, seconds: number): Promise<{ forward: number; rows: Row[] }> {
  const { x, w, y, g, shapes } = problem(timed)
  const entries = (['input', 'weight'] as const).flatMap((of) =>
    convolutionGradients[of]
      .filter((formulation) => formulation.work(shapes) !== undefined)
      .map((formulation) => ({ of, formulation })),
  )
  const build = (of: 'input' | 'weight', formulation: Formulation): Tensor =>
    formulation.build(shapes, of === 'input' ? w : x, g)
  const contestants = [await contestant('forward', graph('forward', { y }), backend)]
  for (const { of, formulation } of entries)
    contestants.push(
      await contestant(`${of} ${formulation.name}`, graph('gradient', { y: build(of, formulation) }), backend),
    )
  const first = await interleave(contestants, 1, 1)
  const round = [...first.values()].reduce((sum, [ms]) => sum + (ms as number), 0)
  const times = await interleave(contestants, Math.min(400, Math.max(5, Math.round((seconds * 1000) / round))), 1)
  for (const each of contestants) each.dispose()
  const rows = (['input', 'weight'] as const).map((of) => ({
    shapes,
    of,
    times: new Map(
      entries
        .filter((entry) => entry.of === of)
        .map(({ formulation }) => [formulation, Math.min(...(times.get(`${of} ${formulation.name}`) ?? []))]),
    ),
  }))
  return { forward: Math.min(...(times.get('forward') ?? [])), rows }
}

/** Time of what the rule chooses over that of the best. */
function regret({ shapes, of, times }: Row): number {
  const chosen = times.get(convolutionGradients.cheapest(convolutionGradients[of], shapes)) as number
  return chosen / Math.min(...times.values())
}

function show(timed: Timed, forward: number, rows: readonly Row[]): void {
  const cells = rows.map((row) => {
    const chosen = convolutionGradients.cheapest(convolutionGradients[row.of], row.shapes)
    const list = [...row.times].map(
      ([formulation, ms]) =>
        `${formulation === chosen ? '*' : ''}${formulation.name} ${ms.toFixed(2)} (${(convolutionGradients.estimate(formulation, row.shapes) ?? 0).toFixed(2)})`,
    )
    return `d${row.of === 'input' ? 'x' : 'w'}: ${list.join(', ')}  ${regret(row).toFixed(2)}`
  })
  console.log(`${label(timed).padEnd(28)} forward ${forward.toFixed(2)}  ${cells.join('   ')}`)
}

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)

/** Nanoseconds per unit of work, none negative, that make the sum of squared relative errors least. */
function fit(formulation: Formulation, rows: readonly Row[]): Record<string, number> {
  const samples = rows.flatMap(({ shapes, times }) => {
    const ms = times.get(formulation)
    return ms === undefined ? [] : [{ work: formulation.work(shapes) ?? {}, nanoseconds: ms * 1e6 }]
  })
  const kinds = Object.keys(samples[0]?.work ?? {})
  const constants = Object.fromEntries(kinds.map((kind) => [kind, 0]))
  for (let round = 0; round < 20000; round++)
    for (const kind of kinds) {
      let [slope, curvature] = [0, 0]
      for (const { work, nanoseconds } of samples) {
        const share = (work[kind] as number) / nanoseconds
        const estimated = kinds.reduce((sum, k) => sum + (constants[k] as number) * (work[k] as number), 0)
        slope += (estimated / nanoseconds - 1) * share
        curvature += share * share
      }
      if (curvature > 0) constants[kind] = Math.max(0, (constants[kind] as number) - slope / curvature)
    }
  return Object.fromEntries(kinds.map((kind) => [kind, Number((constants[kind] as number).toPrecision(2))]))
}

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string' },
    fit: { type: 'boolean', default: false },
  },
})
const grids = { fitted, 'held-out': heldOut }
const most = 1.1
let kept = true
const backend = await cpu({ threads: Number(values.threads) })
console.log(`n,c,o,h,k; milliseconds (estimates), * is chosen, then its ratio to the best; ${values.threads} threads`)
for (const [name, grid] of Object.entries(grids)) {
  if (values.only && values.only !== name) continue
  const rows: Row[] = []
  for (const timed of grid) {
    const timing = await time(timed, backend, Number(values.seconds))
    show(timed, timing.forward, timing.rows)
    rows.push(...timing.rows)
  }
  for (const of of ['input', 'weight'] as const) {
    const ratios = rows.filter((row) => row.of === of).map(regret)
    const mean = geometricMean(ratios)
    kept &&= mean <= most
    console.log(
      `${name}, ${of}: chosen / best ${mean.toFixed(3)} on average (at most ${most}), ${Math.max(...ratios).toFixed(2)} at worst  ${mean <= most ? 'ok' : 'MISSED'}`,
    )
    if (values.fit && name === 'fitted')
      for (const formulation of convolutionGradients[of])
        console.log(`  ${formulation.name}: ${JSON.stringify(fit(formulation, rows))}`)
  }
}
backend.dispose()
process.exit(kept ? 0 : 1)
