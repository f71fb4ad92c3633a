import { describe, expect, it } from 'vitest'
import type { NdArray } from '../../array.ts'
import { jvp } from '../../differentiate/jvp.ts'
import { vjp } from '../../differentiate/vjp.ts'
import { graph } from '../../graph.ts'
import { interpret } from '../../interpret.ts'
import { convolutions } from '../../laws/convolution-cases.ts'
import { distance, expectSame, randomFeeds, randomFrom, runOnnx } from '../../laws/support.ts'
import { writeOnnx } from '../../onnx/write.ts'
import { input } from '../leaf.ts'
import { convolution } from './convolution.ts'
import { convolutionGradients } from './gradients.ts'
import { windowsOf } from './windows.ts'

const { shapesOf, estimate, cheapest } = convolutionGradients
const sides = ['input', 'weight'] as const

/** Every formulation that a convolution of the laws can be differentiated by. */
const ways = convolutions.flatMap(([image, weight, options]) =>
  sides.flatMap((side) => {
    const shapes = shapesOf(image, weight, windowsOf(weight.slice(2), options), options.group ?? 1)
    return convolutionGradients[side]
      .filter((formulation) => estimate(formulation, shapes) !== undefined)
      .map((formulation) => ({
        name: `${side} ${formulation.name}: [${image}] [${weight}] ${JSON.stringify(options)}`,
        ...{ image, weight, options, side, shapes, formulation },
      }))
  }),
)

describe.each(ways)('$name', ({ image, weight, options, side, shapes, formulation }) => {
  const [x, w] = [input('x', image), input('w', weight)]
  const y = convolution(x, w, options)
  const [g, dg] = [input('g', y.shape), input('dg', y.shape)]
  const [free, other] = side === 'input' ? [x, w] : [w, x]
  const [along, moved] = [input('along', free.shape), input('moved', other.shape)]
  const gradient = formulation.build(shapes, other, g)
  const [linear] = jvp([y], [free], [along])
  const [tangent] = jvp([gradient], [other, g], [moved, dg])
  const adjoints = vjp([gradient], [other, g], [along])
  const whole = graph('ways', {
    ...{ gradient, linear: linear as typeof y, tangent: tangent as typeof y },
    first: formulation.build(shapes, moved, g),
    second: formulation.build(shapes, other, dg),
    ...{ ofOther: adjoints[0] as typeof y, ofCotangent: adjoints[1] as typeof y },
  })
  const feeds = randomFeeds(randomFrom(9), whole)
  const at = interpret(whole, feeds)
  const data = (name: string): Float64Array => ((at[name] ?? feeds[name]) as NdArray).data
  const dot = (a: string, b: string): number =>
    data(a).reduce((sum, value, i) => sum + value * (data(b)[i] as number), 0)

  it('is the adjoint of the convolution', () => {
    expect(at.gradient?.shape).toEqual(free.shape)
    expect(Math.abs(dot('gradient', 'along') - dot('g', 'linear'))).toBeLessThan(1e-10)
  })

  it('is bilinear, and its own tangent and adjoint are right', () => {
    const sum = data('first').map((value, i) => value + (data('second')[i] as number))
    expect(distance(data('tangent'), sum)).toBeLessThan(1e-12)
    expect(Math.abs(dot('tangent', 'along') - dot('ofOther', 'moved') - dot('ofCotangent', 'dg'))).toBeLessThan(1e-10)
  })

  it('runs in ONNX Runtime', async () => {
    expectSame(await runOnnx(writeOnnx(whole), feeds, true), at, 1e-5)
  })
})

describe('the rule', () => {
  const choose = (side: (typeof sides)[number], image: number[], weight: number[], stride = 1, group = 1): string => {
    const pad = (weight[2] as number) >> 1
    const windows = windowsOf(weight.slice(2), { strides: [stride, stride], pads: [pad, pad, pad, pad] })
    return cheapest(convolutionGradients[side], shapesOf(image, weight, windows, group)).name
  }

  it('follows what was measured', () => {
    expect(choose('weight', [128, 8, 14, 14], [8, 8, 3, 3])).toBe('interleaved')
    expect(choose('weight', [32, 64, 56, 56], [64, 64, 3, 3])).toBe('interleaved')
    expect(choose('weight', [32, 256, 56, 56], [64, 256, 1, 1])).toBe('batched')
    expect(choose('weight', [32, 1, 28, 28], [16, 1, 3, 3])).toBe('batched')
    expect(choose('input', [32, 64, 56, 56], [64, 64, 3, 3])).toBe('flipped')
    expect(choose('input', [128, 1, 28, 28], [32, 1, 5, 5])).toBe('transposed')
    expect(choose('input', [128, 8, 14, 14], [16, 8, 3, 3], 2)).toBe('transposed')
  })

  it('makes no tensor above 256 MiB where another way needs none', () => {
    const [image, weight] = [
      [32, 1, 512, 512],
      [16, 1, 5, 5],
    ]
    const windows = windowsOf([5, 5], { pads: [2, 2, 2, 2] })
    const shapes = shapesOf(image as number[], weight as number[], windows, 1)
    const [interleaved, batched] = convolutionGradients.weight
    expect(batched?.scratch(shapes)).toBe(32 * 512 * 512 * 25)
    expect(cheapest(convolutionGradients.weight, shapes)).toBe(interleaved)
  })
})
