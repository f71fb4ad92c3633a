import { workloads } from '@eos-sgd/models/node'
import { describe, expect, it } from 'vitest'
import { bestTrial } from './tune.ts'
import { readTuned, tunedAlgorithms, tunedFile } from './tuned-rates.ts'

describe('the committed rates', () => {
  for (const { name, steps } of workloads)
    it(`of ${name} are there for every baseline: the best of five or more, not at an end`, () => {
      const tuned = readTuned(tunedFile(name))
      expect(tuned?.workload).toBe(name)
      expect(tuned?.steps).toBe(steps)
      for (const algorithm of tunedAlgorithms) {
        const { rate, trials = [] } = tuned?.algorithms[algorithm] ?? {}
        expect(trials.length).toBeGreaterThanOrEqual(5)
        expect(bestTrial(trials)?.rate).toBe(rate)
        const rates = trials.map((trial) => trial.rate).sort((a, b) => a - b)
        expect(rates.slice(1, -1)).toContain(rate)
      }
    })
})
