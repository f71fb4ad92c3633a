import { describe, expect, it } from 'vitest'
import type { CellSummary } from '../analysis/cell-summary.ts'
import { bestTrial, extension, tune } from './tune.ts'
import type { TunedTrial } from './tuned-rates.ts'

const trial = (rate: number, finalLoss: number | null): TunedTrial => ({
  rate,
  finalLoss,
  bestLoss: finalLoss,
  diverged: false,
})

describe('tuning', () => {
  it('takes the lowest finite final loss', () => {
    expect(bestTrial([trial(1, null), trial(2, 0.5), trial(4, 0.4)])?.rate).toBe(4)
    expect(bestTrial([trial(1, null)])).toBeUndefined()
  })

  it('extends the grid at the end where the best lies, by the factor of the grid there', () => {
    expect(extension([trial(0.001, 3), trial(0.002, 2), trial(0.004, 1)])).toBe(0.008)
    expect(extension([trial(0.005, 1), trial(0.01, 2)])).toBe(0.0025)
    expect(extension([trial(1, 2), trial(2, 1), trial(4, 2)])).toBeUndefined()
    expect(extension([trial(1, null), trial(2, null)])).toBe(0.5)
  })

  it('runs the grid, then goes on until the best lies inside', async () => {
    const asked: (readonly number[])[] = []
    const trials = await tune([1, 2, 4], async (rates) => {
      asked.push(rates)
      return rates.map((rate) => ({
        rate,
        summary: { finalLoss: Math.abs(Math.log2(rate) - 4), bestLoss: 0, diverged: false } as CellSummary,
      }))
    })
    expect(asked).toEqual([[1, 2, 4], [8], [16], [32]])
    expect(bestTrial(trials)?.rate).toBe(16)
    expect(trials.map(({ rate }) => rate)).toEqual([1, 2, 4, 8, 16, 32])
  })

  it('gives up after some extensions', async () => {
    let rounds = 0
    await tune([1, 2], async (rates) => {
      rounds++
      return rates.map((rate) => ({ rate, summary: { finalLoss: -rate, bestLoss: 0, diverged: false } as CellSummary }))
    })
    expect(rounds).toBe(5)
  })
})
