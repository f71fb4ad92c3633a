import { describe, expect, it } from 'vitest'
import { testSpec } from '../fixtures/synthetic.fixture.ts'
import { type Cell, cellOf } from '../matrix/spec.ts'
import { cellLine, clock, headLine, plainLine } from './lines.ts'
import { initialState, type MatrixEvent, type MatrixState, reduce, timeLeft } from './state.ts'
import { progressView } from './view.ts'

const cells = [0, 1, 2].flatMap((seed) => ['default', 'adam-tuned'].map((name) => cellOf(testSpec({ name }, seed))))
const [a, b, c] = cells as [Cell, Cell, Cell]
const after = (events: readonly MatrixEvent[], finished: readonly string[] = []): MatrixState =>
  events.reduce(reduce, initialState(cells, new Set(finished), 2))
const started = (cell: Cell, now: number): MatrixEvent => ({ type: 'started', cell, now })
const done = (cell: Cell, now: number): MatrixEvent => ({ type: 'ended', cell, outcome: { status: 'done' }, now })
const at = (cell: Cell, step: number): MatrixEvent => ({
  type: 'progress',
  cell,
  progress: { step, loss: 0.04567, sharpness: 12.345, rate: 0.1 },
})

describe('time left', () => {
  it('is not known at first, then goes by the present speed', () => {
    expect(timeLeft(after([started(a, 0)]), 0)).toBeUndefined()
    // 50 of 200 steps in 1 s: 4 s for each of six cells, one of them 1 s old; two at a time.
    expect(timeLeft(after([started(a, 0), at(a, 50), started(b, 1000)]), 1000)).toBeCloseTo(
      (3000 + 4000 + 4 * 4000) / 2,
      6,
    )
  })

  it('takes each row as long as its finished cells took', () => {
    const state = after([started(a, 0), started(b, 0), done(a, 1000), done(b, 5000)])
    expect(timeLeft(state, 5000)).toBe((2 * 1000 + 2 * 5000) / 2)
  })

  it('is at least what the slowest running cell needs', () => {
    const state = after(
      [started(b, 0), done(b, 8000), started(a, 8000), done(a, 8100), started(cells[3] as Cell, 8100)],
      [c.id, (cells[4] as Cell).id, (cells[5] as Cell).id],
    )
    expect(timeLeft(state, 8100)).toBe(8000)
  })
})

describe('lines', () => {
  const state = after([started(a, 0), at(a, 50), started(b, 0)], [c.id])

  it('say what is done of all, how long it takes, and where the running cells are', () => {
    expect(headLine('eos digits/mlp', state, 65_000, 0)).toMatch(
      /^eos digits\/mlp {2}1\/6 cells · 1:05 so far · about \d+:\d\d left$/,
    )
    expect(cellLine(state.running[0] as never)).toBe(
      'default #0                   step  50/200  loss 0.0457    sharpness 12.3',
    )
    expect(cellLine(state.running[1] as never)).toContain('starting')
    expect(plainLine('eos', state, 1000, 0)).not.toContain('\n')
  })

  it('count failed cells', () => {
    const failed = reduce(state, {
      type: 'ended',
      cell: a,
      outcome: { status: 'failed', reason: 'x', stderr: '' },
      now: 1,
    })
    expect(headLine('eos', failed, 1, 0)).toContain('1/6 cells · 1 failed')
  })

  it('show times as people write them', () => {
    expect([clock(0), clock(61_000), clock(3_723_000)]).toEqual(['0:00', '1:01', '1:02:03'])
  })
})

describe('view', () => {
  const recorded = (
    isTTY: boolean,
  ): { readonly text: () => string; readonly view: ReturnType<typeof progressView> } => {
    let text = ''
    const view = progressView(
      'eos',
      {
        isTTY,
        columns: 60,
        write: (more) => {
          text += more
        },
      },
      () => 0,
    )
    return { text: () => text, view }
  }

  it('writes no control characters where there is no terminal', async () => {
    const { view, text } = recorded(false)
    view.begin(cells, new Set([a.id]), 2)
    view.started(b)
    view.ended(b, { status: 'failed', reason: '[eos] It broke.\n  while x', stderr: '' })
    view.end()
    expect(text()).toBe(
      '1 of 6 cells are finished already.\nadam-tuned seed 0 failed: It broke.\neos  1/6 cells · 1 failed · 0:00 so far\n',
    )
  })

  it('redraws in place on a terminal, never wider than it', async () => {
    const { view, text } = recorded(true)
    view.begin(cells, new Set(), 2)
    view.started(a)
    view.progress(a, { step: 100, loss: 1.5, sharpness: 20, rate: 1 })
    await new Promise((resolve) => setTimeout(resolve, 500))
    view.end()
    expect(text()).toContain('\u001b[2A\u001b[0J')
    expect(
      Math.max(
        ...text()
          .split('\u001b')
          .map((part, index) => (index === 0 ? part : part.replace(/^\[\d+[AJ]/, '')))
          .join('')
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(60)
  })
})
