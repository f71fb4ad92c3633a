import { describe, expect, it } from 'vitest'
import type { Move, RateRule } from '../contracts/rate-rule.ts'
import type { Scalars } from '../contracts/state.ts'
import { testRateRule } from './rate-rule.ts'
import { failures } from './recorder.fixture.ts'

interface State {
  readonly step: number
  readonly rate: number
}

/** Doubles a probed rate while the loss falls, then holds it; a small part of what real rules do. */
function probing(change: Partial<RateRule<State>> = {}): RateRule<State> {
  return {
    name: 'probing',
    needs: ['sharpness'],
    start: () => ({ step: 0, rate: 1e-3 }),
    *step({ step, rate }): Generator<Move, State, Scalars> {
      const { loss, sharpness } = yield { move: 'measure', signals: ['sharpness', 'length'] }
      if (!Number.isFinite(loss)) {
        yield { move: 'restore' }
        return { step: step + 1, rate: rate / 2 }
      }
      let next = rate
      for (let tries = 0; tries < 5; tries++) {
        const probe = yield { move: 'probe', rate: 2 * next }
        if (!(probe.loss! < loss!) || 2 * next > 2 / sharpness!) break
        next *= 2
      }
      yield { move: 'accept', rate: next }
      return { step: step + 1, rate: next }
    },
    report: ({ rate }) => ({ rate }),
    ...change,
  }
}

testRateRule({ describe, it, expect }, probing)
testRateRule({ describe, it, expect }, () => ({
  name: 'constant',
  needs: [],
  start: () => null,
  *step() {
    yield { move: 'step', rate: 0.02 }
    return null
  },
}))

describe('testRateRule', () => {
  const moving = (...moves: Move[]): Partial<RateRule<State>> => ({
    *step(state) {
      for (const move of moves) yield move
      return state
    },
  })
  let hidden = 0
  it.each<[string, Partial<RateRule<State>>, string]>([
    [
      'memory outside the state',
      {
        *step(state) {
          yield { move: 'step', rate: ++hidden }
          return state
        },
      },
      'remembers everything',
    ],
    [
      'a state that is altered in place',
      {
        *step(state) {
          yield { move: 'step', rate: 1 }
          ;(state as { step: number }).step++
          return state
        },
      },
      'is pure',
    ],
    [
      'a state that is not JSON',
      {
        *step(state) {
          const { loss }: Scalars = yield { move: 'step', rate: 1 }
          return { ...state, rate: loss! }
        },
      },
      'not finite',
    ],
    ['a Map in the state', { start: () => ({ step: 0, rate: 1, map: new Map() }) }, 'has a name'],
    ['an undeclared signal', moving({ move: 'measure', signals: ['gap'] }), 'asks only'],
    ['an accept without a measure', moving({ move: 'accept', rate: 1 }), 'asks only'],
    [
      'a second accept',
      moving({ move: 'measure' }, { move: 'accept', rate: 1 }, { move: 'step', rate: 1 }),
      'asks only',
    ],
    ['a rate that is not a number', moving({ move: 'step', rate: Number.NaN }), 'asks only'],
    ['a missing rate', moving({ move: 'step' }), 'asks only'],
    [
      'an endless batch',
      {
        *step(state) {
          while (state.step >= 0) yield { move: 'observe' }
          return state
        },
      },
      'asks only',
    ],
    ['a report that is not JSON', { report: () => ({ rate: Number.POSITIVE_INFINITY }) }, 'reports JSON'],
    [
      'a refusal of the direction',
      {
        accepts: () => {
          throw new Error('no')
        },
      },
      'has a name',
    ],
  ])('finds %s', async (_, change, law) => {
    const failed = Object.keys(await failures((api) => testRateRule(api, () => probing(change))))
    expect(
      failed.some((name) => name.includes(law)),
      `failed: ${failed.join('; ')}`,
    ).toBe(true)
  })
})
