import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as core from '@eos-sgd/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { examples, runExample } from '../../../tools/readme.ts'
import * as eosSgd from './index.ts'

const packages = { 'eos-sgd': eosSgd, '@eos-sgd/core': core }
const here = process.cwd()
const [arrays, estimator] = examples(new URL('../../../README.md', import.meta.url)) as [string, string]
const [own, text] = examples(new URL('../README.md', import.meta.url)) as [string, string]

// Examples write into the folder that they run in.
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eos-readme-'))
  process.chdir(folder)
})
afterAll(async () => {
  process.chdir(here)
  await rm(folder, { recursive: true })
})

describe('the examples of the READMEs run as they are', () => {
  it('train a model on arrays', async () => {
    expect(arrays.trim().split('\n').length).toBeLessThanOrEqual(15)
    const lines = await runExample(arrays, packages)
    expect(
      Number(
        lines
          .findLast((line) => line.startsWith('step'))
          ?.split(' ')
          .at(-1),
      ),
    ).toBeGreaterThan(0.95)
    expect(
      Number(
        lines
          .find((line) => line.startsWith('rate found'))
          ?.split(' ')
          .at(-1),
      ),
    ).toBeGreaterThan(0)
    expect(lines.at(-1)).toContain('shape: [ 2, 2 ]')
    expect((await stat('model.safetensors')).size).toBeGreaterThan(4 * 1218)
  })

  it('a curvature estimator of 20 lines', async () => {
    expect(estimator.trim().split('\n').length).toBeLessThanOrEqual(20)
    const steps = (await runExample(estimator, packages)).map((line) => line.split(' ').map(Number))
    expect(steps).toHaveLength(300)
    expect(steps.flat().every((value) => Number.isFinite(value))).toBe(true)
    expect(steps.at(-1)?.[1]).toBeLessThan(0.5 * (steps[0]?.[1] as number))
    expect(steps[0]?.[3]).toBeGreaterThan(0)
  })

  it('eos-sgd: train on the digits', async () => {
    const lines = await runExample(own, packages)
    expect(lines.at(-1)).toMatch(/rate found: .* accuracy: 0\.9/)
    expect((await stat('digits.safetensors')).size).toBeGreaterThan(0)
  })

  it('train a Transformer on a text', async () => {
    const lines = await runExample(text, packages)
    const steps = lines.flatMap((line) => (/^\d/.test(line) ? [line.split(' ').map(Number)] : []))
    expect(steps.map(([step]) => step)).toEqual([20, 40, 60])
    const held = Number(
      lines
        .find((line) => line.startsWith('nats a byte'))
        ?.split(' ')
        .at(-1),
    )
    expect(held).toBeLessThan(steps[0]?.[1] as number)
  })
})
