import { interpret, type NdArray, nodesOf } from '@eos-sgd/graph'
import type { HostArray } from '../contracts/graph-types.ts'
import { fail, refusal } from './api.ts'
import { numbers } from './arrays.ts'
import { type BackendCase, backendCases } from './backend-cases.ts'
import { type BackendKit, scoped, typeOf } from './backend-kit.ts'

/** Every case against the interpreter; a case with an operator or element type that is refused must be refused. */
export function testBackendNumbers(kit: BackendKit): void {
  for (const backendCase of backendCases())
    kit.it(backendCase.name, () =>
      scoped(kit, async ({ backend, compile, uploads, outputs }) => {
        const { graph, feeds } = backendCase
        const gap = missing(backendCase, backend.capabilities)
        if (gap !== undefined) {
          const error = await refusal(() => compile(graph))
          kit.expect(error.message.includes(gap), `the refusal names ${gap}: ${error.message}`).toBe(true)
          return
        }
        const program = await compile(graph)
        const results = outputs(program)
        await program.run(uploads(feeds), results)
        for (const [name, expected] of Object.entries(interpret(graph, feeds))) {
          const result = results[name] ?? fail(`The program has no output "${name}".`)
          kit.expect(typeOf(result.type)).toEqual(typeOf(expected))
          compare(kit, name, await backend.download(result), expected)
        }
      }),
    )
}

function missing(
  { graph }: BackendCase,
  { unsupported, dtypes }: { unsupported: readonly string[]; dtypes: readonly string[] },
): string | undefined {
  for (const { operator, outputs } of nodesOf(Object.values(graph.outputs))) {
    if (unsupported.includes(operator.type)) return operator.type
    for (const { dtype } of outputs) if (!dtypes.includes(dtype)) return dtype
  }
  return undefined
}

function compare(
  { tolerance, expect }: BackendKit,
  name: string,
  data: HostArray,
  { dtype, data: expected }: NdArray,
): void {
  const actual = numbers(data)
  const tolerated = dtype === 'float32' ? tolerance : dtype === 'float64' ? 1e-12 : 0
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  expect(actual.length).toBe(expected.length)
  actual.forEach((value, i) => {
    const error = Math.abs(value - (expected[i] as number))
    expect(error, `"${name}" at ${i} is ${value}, should be ${expected[i]}`).toBeLessThanOrEqual(tolerated * scale)
  })
}
