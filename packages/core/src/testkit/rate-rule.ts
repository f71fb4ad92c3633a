import { stringifyJson } from '../checkpoint/json.ts'
import type { DirectionFacts, Move, RateRule } from '../contracts/rate-rule.ts'
import type { Scalars } from '../contracts/state.ts'
import { counterRandom } from '../random/index.ts'
import { fail, type TestApi } from './api.ts'

/** What a rate rule's author may say about it. */
export interface RateRuleTestOptions {
  /** The direction that it steers; heavy ball with the constants of `contact` by default. */
  readonly direction?: DirectionFacts
  /** Batches per test. 60 by default. */
  readonly batches?: number
  /**
   * The device's answers, in place of the simulated ones: a noisy quadratic whose loss answers to probes, with positive
   * signals. `step` counts batches from 0. Must be a pure function.
   */
  readonly answer?: (move: Move, step: number) => Scalars
}

const someDirection: DirectionFacts = {
  name: 'heavy ball',
  gain: 10,
  contact: { growth: 0.05, hold: 0.5, ratio: 1, start: 0.1 },
}
/** More moves than this in one batch are taken for an endless loop. */
const mostMoves = 500
/** Signals that every measure gives, whatever the plugins. */
const alwaysThere = ['weights', 'length']

/**
 * The laws of {@link RateRule}: its state is JSON and survives the round trip between every two steps; a step is a pure
 * function of state and answers; its moves come in an order that the composition can carry out, with positive rates and
 * only signals that it declared; and bad numbers (a loss that is NaN or infinite) never break it.
 *
 * @example
 * testRateRule({ describe, it, expect }, () => contact())
 */
export function testRateRule<H>(api: TestApi, make: () => RateRule<H>, options: RateRuleTestOptions = {}): void {
  const { describe, it, expect } = api
  const { direction = someDirection, batches = 60, answer = simulated } = options
  const run = (rule: RateRule<H>, between: (state: H) => H, answers = answer): Walk<H> =>
    walkRule(rule, direction, batches, answers, between)
  const roundTrip = (state: H): H => JSON.parse(stringifyJson(state)) as H

  describe('rate rule', () => {
    it('has a name and states what it needs', () => {
      const rule = make()
      rule.accepts?.(direction)
      expect(typeof rule.name === 'string' && rule.name !== '').toBe(true)
      expect(rule.needs.every((signal) => typeof signal === 'string')).toBe(true)
      expect(stringifyJson(make().start())).toBe(stringifyJson(rule.start()))
    })

    it('remembers everything in a state that is JSON: a round trip between every two steps changes nothing', () => {
      const straight = run(make(), (state) => state)
      const restored = run(make(), roundTrip)
      expect(restored.moves).toEqual(straight.moves)
      expect(restored.states).toEqual(straight.states.map((state) => roundTrip(state)))
      // A fresh rule for every batch: nothing is remembered outside the state.
      let state = make().start()
      for (let step = 0; step < batches; step++) {
        const batch = walkBatch(make(), roundTrip(state), direction, (move) => answer(move, step))
        expect(batch.moves).toEqual(straight.moves[step])
        state = batch.state
      }
    })

    it('is pure: a state is never altered, and gives the same moves every time', () => {
      const rule = make()
      const frozen = run(rule, deepFreeze)
      frozen.states.slice(0, -1).forEach((state, step) => {
        const again = walkBatch(rule, state, direction, (move) => answer(move, step))
        expect(again.moves).toEqual(frozen.moves[step])
        expect(again.state).toEqual(frozen.states[step + 1])
      })
    })

    it('asks only for what can be carried out', () => {
      const rule = make()
      for (const moves of run(rule, (state) => state).moves) checkMoves(moves, rule.needs)
    })

    it('takes losses and signals that are not finite as data', () => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
        for (const when of [0, 1, 7, 20]) {
          const answers = (move: Move, step: number): Scalars => {
            const good = answer(move, step)
            return step < when || step >= when + 3
              ? good
              : Object.fromEntries(Object.keys(good).map((key) => [key, bad]))
          }
          const rule = make()
          const { moves, states } = run(rule, roundTrip, answers)
          for (const batch of moves) checkMoves(batch, rule.needs)
          expect(states.length).toBe(batches + 1)
        }
    })

    it('reports JSON', () => {
      const rule = make()
      for (const state of run(rule, (s) => s).states) stringifyJson(rule.report?.(state) ?? {})
    })
  })
}

interface Walk<H> {
  /** Before every batch, and after the last. */
  readonly states: readonly H[]
  readonly moves: readonly (readonly Move[])[]
}

function walkRule<H>(
  rule: RateRule<H>,
  direction: DirectionFacts,
  batches: number,
  answer: (move: Move, step: number) => Scalars,
  between: (state: H) => H,
): Walk<H> {
  const states = [between(rule.start())]
  const moves: (readonly Move[])[] = []
  for (let step = 0; step < batches; step++) {
    const batch = walkBatch(rule, states[step] as H, direction, (move) => answer(move, step))
    moves.push(batch.moves)
    states.push(between(batch.state))
  }
  return { states, moves }
}

function walkBatch<H>(
  rule: RateRule<H>,
  state: H,
  direction: DirectionFacts,
  answer: (move: Move) => Scalars,
): { moves: Move[]; state: H } {
  const moves: Move[] = []
  const driver = rule.step(state, direction)
  let next = driver.next()
  while (!next.done) {
    moves.push(next.value)
    if (moves.length > mostMoves) fail(`${rule.name} made more than ${mostMoves} moves in one batch.`)
    next = driver.next(answer(next.value))
  }
  return { moves, state: next.value }
}

/** One batch is measured before it is probed or accepted, and moves the point at most once. */
function checkMoves(moves: readonly Move[], needs: readonly string[]): void {
  let proposed = false
  let moved = false
  const show = moves.map(({ move }) => move).join(', ')
  for (const { move, rate, signals = [] } of moves) {
    for (const signal of signals)
      if (!needs.includes(signal) && !alwaysThere.includes(signal))
        fail(`"${signal}" is asked for, but not among the needs.`)
    if (['probe', 'accept', 'step'].includes(move) && !(typeof rate === 'number' && Number.isFinite(rate) && rate >= 0))
      fail(`A ${move} with the rate ${rate}.`)
    if ((move === 'probe' || move === 'accept') && !proposed) fail(`A ${move} without a measure before it: ${show}.`)
    if ((move === 'accept' || move === 'step') && moved) fail(`The point is moved twice in one batch: ${show}.`)
    if (move === 'measure') proposed = true
    if (move === 'accept' || move === 'step') moved = true
    if (move === 'accept' || move === 'step' || move === 'restore') proposed = false
  }
}

/** Answers of a noisy quadratic in one direction: reproducible, positive, and falling when small rates are probed. */
function simulated({ move, rate = 0, signals = [] }: Move, step: number): Scalars {
  const random = counterRandom(0, 'rate rule', step)
  const height = 1 / (1 + 0.05 * step)
  const slope = height * (0.5 + random.uniform())
  const sharpness = 2 + random.uniform()
  const loss = height + 0.05 * random.normal()
  const own: Record<string, Scalars> = {
    measure: { loss, slope, along: slope * (random.uniform() - 0.2), scale: 1 },
    step: { loss },
    probe: { loss: loss - rate * slope + 0.5 * rate * rate * sharpness * slope },
  }
  const named: Scalars = { weights: 10, length: Math.sqrt(slope), sharpness }
  const asked = Object.fromEntries(
    signals.map((signal) => [signal, named[signal] ?? counterRandom(0, 'signal', signal, step).uniform()]),
  )
  return { ...own[move], ...asked }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) deepFreeze(item)
    Object.freeze(value)
  }
  return value
}
