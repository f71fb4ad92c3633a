import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Interrupted } from '../command/errors.ts'
import { syntheticRun, testSpec } from '../fixtures/synthetic.fixture.ts'
import type { Outcome, StartCell } from './outcome.ts'
import { runFolder } from './run-folder.ts'
import { runMatrix } from './run-matrix.ts'
import { cellOf } from './spec.ts'

const root = mkdtempSync(path.join(tmpdir(), 'eos-bench-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const fresh = (): string => path.join(root, `run-${folders++}`)

describe('running a matrix', () => {
  const view = {
    begin: () => undefined,
    started: () => undefined,
    progress: () => undefined,
    ended: () => undefined,
    end: () => undefined,
  }
  const { manifest } = syntheticRun(
    [
      { name: 'default', final: 0.1, tau: 9 },
      { name: 'fixed-rate', final: 0.1, tau: 9 },
    ],
    [0, 1],
  )
  const never = new AbortController().signal

  /** Cells that end in this process, one turn of the event loop later. */
  const fake = (
    folder: string,
    outcomes: Readonly<Record<string, Outcome>> = {},
  ): { readonly start: StartCell; readonly ran: string[]; most: number } => {
    const state = { ran: [] as string[], running: 0, most: 0 }
    const start: StartCell = ({ id, spec }) => {
      state.ran.push(`${spec.row.name} ${spec.seed}`)
      state.most = Math.max(state.most, ++state.running)
      let stopped = false
      const outcome = (async (): Promise<Outcome> => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        state.running--
        if (stopped) return { status: 'stopped' }
        const made = outcomes[`${spec.row.name} ${spec.seed}`] ?? { status: 'done' }
        if (made.status === 'done') {
          const { entries } = syntheticRun([{ name: spec.row.name, final: 0.1, tau: 9 }], [spec.seed])
          await runFolder(folder).writeResult(id, entries[0]?.result as never)
        }
        return made
      })()
      return {
        outcome,
        stop: () => {
          stopped = true
        },
      }
    }
    return {
      start,
      get ran() {
        return state.ran
      },
      get most() {
        return state.most
      },
    }
  }

  it('runs in order, as many at a time as asked for, and finished cells only once', async () => {
    const folder = fresh()
    const first = fake(folder)
    expect(await runMatrix(runFolder(folder), manifest, { view, signal: never, start: first.start })).toEqual({
      done: 4,
      failed: [],
      kept: 0,
    })
    expect(first.ran).toEqual(['default 0', 'fixed-rate 0', 'default 1', 'fixed-rate 1'])
    expect(first.most).toBe(2)
    const second = fake(folder)
    expect(await runMatrix(runFolder(folder), manifest, { view, signal: never, start: second.start })).toEqual({
      done: 0,
      failed: [],
      kept: 4,
    })
    expect(second.ran).toEqual([])
  })

  it('goes on when a cell fails, keeps its last words, and runs it again next time', async () => {
    const folder = fresh()
    const crash: Outcome = { status: 'failed', reason: 'The process was ended by SIGABRT.', stderr: 'terminate called' }
    const { failed, done } = await runMatrix(runFolder(folder), manifest, {
      view,
      signal: never,
      start: fake(folder, { 'default 0': crash }).start,
    })
    expect(done).toBe(3)
    expect(failed).toMatchObject([{ cell: { spec: { seed: 0 } }, reason: 'The process was ended by SIGABRT.' }])
    expect(runFolder(folder).result(manifest.cells[0]?.id as string)).toMatchObject({
      status: 'failed',
      stderr: 'terminate called',
    })
    const again = fake(folder)
    await runMatrix(runFolder(folder), manifest, { view, signal: never, start: again.start })
    expect(again.ran).toEqual(['default 0'])
  })

  it('ends at once with one error when a cell finds that the disk is full', async () => {
    const folder = fresh()
    const cells = fake(folder, {
      'default 0': { status: 'broken', code: 'FILE_WRITE', message: '[eos] Cannot write x: the disk is full.' },
    })
    await expect(runMatrix(runFolder(folder), manifest, { view, signal: never, start: cells.start })).rejects.toThrow(
      '[eos] Cannot write x: the disk is full.',
    )
    expect(cells.ran).toEqual(['default 0', 'fixed-rate 0'])
  })

  it('stops the running cells when interrupted', async () => {
    const folder = fresh()
    const stop = new AbortController()
    const cells = fake(folder)
    const running = runMatrix(runFolder(folder), manifest, { view, signal: stop.signal, start: cells.start })
    setTimeout(() => stop.abort(), 1)
    await expect(running).rejects.toThrow(Interrupted)
    expect(cells.ran.length).toBeLessThanOrEqual(2)
  })

  it('puts cells of a later matrix beside those of an earlier one', async () => {
    const folder = fresh()
    await runMatrix(runFolder(folder), manifest, { view, signal: never, start: fake(folder).start })
    const wider = { ...manifest, cells: [...manifest.cells, cellOf(testSpec({ name: 'default' }, 2))] }
    const more = fake(folder)
    expect(await runMatrix(runFolder(folder), wider, { view, signal: never, start: more.start })).toMatchObject({
      done: 1,
      kept: 4,
    })
  })
})
