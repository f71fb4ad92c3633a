import { describe, expect, it } from 'vitest'
import { graph } from '../graph.ts'
import { interpret } from '../interpret.ts'
import { writeOnnx } from '../onnx/write.ts'
import { operators } from '../operators.ts'
import { input } from '../ops/leaf.ts'
import { cases } from './cases.ts'
import { expectSame, randomArray, randomFrom, runOnnx } from './support.ts'

describe('the interpreter agrees with ONNX Runtime', () => {
  it('is asked about every operator', () => {
    expect([...new Set(cases.map((each) => each.operator)), 'Input'].sort()).toEqual(Object.keys(operators).sort())
  })

  it.each(cases)('$name', async ({ inputs, build, domain }) => {
    const random = randomFrom(1)
    const tensors = inputs.map((type, i) => input(`x${i}`, type.shape, type.dtype))
    const whole = graph('one', { y: build(...tensors) })
    const feeds = Object.fromEntries(inputs.map((type, i) => [`x${i}`, randomArray(random, type, domain, 0.07 * i)]))
    const expected = interpret(whole, feeds)
    expectSame(await runOnnx(writeOnnx(whole, { simplify: false }), feeds), expected, 1e-6)
    expectSame(await runOnnx(writeOnnx(whole), feeds, true), expected, 1e-6)
  })
})
