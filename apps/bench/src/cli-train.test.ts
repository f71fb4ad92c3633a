import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Dataset } from '@eos-sgd/core'
import { loadWeights, type Weights } from '@eos-sgd/core/node'
import { diabetes } from '@eos-sgd/models'
import { afterAll, describe, expect, it } from 'vitest'
import { packageFolder } from './entry-files.ts'
import { lossText } from './report/numbers.ts'

// The built command, as a person runs it; `npm test` builds first.
const cli = path.join(packageFolder, 'dist/cli.js')
const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'eos-train-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const train = (...argv: readonly string[]): string => {
  const words = [cli, 'train', '--workload', 'diabetes/mlp', '--steps', '120', '--out', 'one', ...argv]
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1' },
    encoding: 'utf8',
  })
  expect(stderr).not.toContain('[eos]')
  expect(status).toBe(0)
  return stdout
}
const weights = (file: string): Promise<Weights> => loadWeights(path.join(root, file))

/** Mean squared error of an MLP with ReLU over a data set, written out. */
async function lossOf(params: Weights, data: Dataset): Promise<number> {
  const size = data.size as number
  const [x, y] = [new Float32Array(10 * size), new Float32Array(size)]
  await data.read({ batch: size, seed: null, epoch: 0, position: 0 }).next({ x, y })
  let sum = 0
  for (let sample = 0; sample < size; sample++) {
    let layer = [...x.subarray(10 * sample, 10 * sample + 10)]
    for (const at of [0, 1, 2]) {
      const [weight, bias] = [params[`layers.${at}.weight`]?.data, params[`layers.${at}.bias`]?.data]
      if (!weight || !bias) throw new Error(`no layer ${at}`)
      const width = layer.length
      layer = [...bias].map((start, out) => {
        const value = layer.reduce((total, input, i) => total + input * (weight[out * width + i] as number), start)
        return at < 2 ? Math.max(0, value) : value
      })
    }
    sum += ((layer[0] as number) - (y[sample] as number)) ** 2
  }
  return sum / size
}

describe('eos train', () => {
  it('keeps the weights of the end and the best ones, and says which are better', async () => {
    const out = train('--save', 'best.safetensors', '--which', 'best')
    const [, end] = /Validation loss ([\d.]+) at the end/.exec(out) ?? []
    const [, lowest] =
      /Lowest ([\d.]+) at step \d+: it over-fitted from there on; take the best weights/.exec(out) ?? []
    expect(out).toContain('Saved the best weights in best.safetensors')
    const [best, current] = [/Best weights: (.*)/, /Weights of the end: (.*)/].map((line) => line.exec(out)?.[1] ?? '')
    expect(await weights('best.safetensors')).toEqual(await weights(best as string))
    const { validation } = await diabetes()
    expect(lossText(await lossOf(await weights(best as string), validation))).toBe(lowest)
    expect(lossText(await lossOf(await weights(current as string), validation))).toBe(end)

    // The run is finished: the other weights need no second one.
    expect(train('--save', 'end.safetensors')).toContain('Saved the current weights in end.safetensors')
    expect(await weights('end.safetensors')).toEqual(await weights(current as string))
  })
})
