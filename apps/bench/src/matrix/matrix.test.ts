import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { LoggedEvent } from '../analysis/series.ts'
import { Interrupted } from '../command/errors.ts'
import { syntheticRun, testSpec } from '../fixtures/synthetic.fixture.ts'
import { eventsUntil, openEventLog, readEvents } from './event-log.ts'
import { expand } from './expand.ts'
import type { Outcome, StartCell } from './outcome.ts'
import { existingRun, resultSchema, runFolder } from './run-folder.ts'
import { runMatrix } from './run-matrix.ts'
import { canonicalJson, cellId, cellOf } from './spec.ts'

const root = mkdtempSync(path.join(tmpdir(), 'eos-bench-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const fresh = (): string => path.join(root, `run-${folders++}`)

describe('expansion', () => {
  const plan = {
    workload: 'digits/mlp',
    rows: [{ name: 'default' }, { name: 'adam-tuned', rate: 0.004 }],
    seeds: [0, 1],
    steps: 100,
    evaluateEvery: 25,
    threads: 1,
    versions: { code: 'a' },
  }

  it('is rows by seeds, seed by seed', () => {
    expect(expand(plan).map(({ spec }) => `${spec.row.name} ${spec.seed}`)).toEqual([
      'default 0',
      'adam-tuned 0',
      'default 1',
      'adam-tuned 1',
    ])
  })

  it('gives the same ids every time, and others when anything changes that decides the result', () => {
    const ids = (change: object): string =>
      expand({ ...plan, ...change })
        .map(({ id }) => id)
        .join()
    expect(ids({})).toBe(ids({}))
    for (const change of [
      { steps: 101 },
      { seeds: [0, 2] },
      { workload: 'x' },
      { threads: 2 },
      { evaluateEvery: 5 },
      { versions: { code: 'b' } },
      { rows: [{ name: 'default' }, { name: 'adam-tuned', rate: 0.002 }] },
    ])
      expect(ids(change)).not.toBe(ids({}))
    expect(new Set(expand(plan).map(({ id }) => id)).size).toBe(4)
  })

  it('hashes a spec whatever the order of its keys', () => {
    expect(canonicalJson({ b: 1, a: { d: [1, null], c: 'x' } })).toBe('{"a":{"c":"x","d":[1,null]},"b":1}')
    const { seed, workload, ...rest } = testSpec({ name: 'default' })
    expect(cellId({ seed, ...rest, workload })).toBe(cellId({ workload, ...rest, seed }))
    expect(cellId(testSpec({ name: 'default' }))).toMatch(/^[0-9a-f]{16}$/)
  })
})

describe('event log', () => {
  const step = (n: number): LoggedEvent => ({
    type: 'step',
    step: n,
    loss: 1,
    rate: 0.1,
    seconds: 1,
    runs: [],
    report: {},
  })
  const log: readonly LoggedEvent[] = [
    { type: 'start', step: 0, resumed: false, parameters: 1 },
    { type: 'evaluation', step: 0, loss: 2, metrics: {} },
    step(1),
    step(2),
    { type: 'evaluation', step: 2, loss: 1, metrics: {} },
    { type: 'checkpoint', step: 2 },
    step(3),
    { type: 'end', step: 3, reason: 'aborted' },
  ]

  it('writes numbers that are not finite as null and reads back what it wrote', () => {
    const file = path.join(root, 'a.jsonl')
    const writer = openEventLog(file)
    writer.append({
      type: 'evaluation',
      step: 1,
      loss: Number.NaN,
      metrics: { accuracy: 0.5 },
      seconds: 1,
      best: false,
    })
    writer.append({ type: 'checkpoint', step: 1 })
    writer.close()
    expect(readEvents(file)).toEqual([
      { type: 'evaluation', step: 1, loss: null, metrics: { accuracy: 0.5 }, seconds: 1, best: false },
      { type: 'checkpoint', step: 1 },
    ])
  })

  it('leaves out a last line that was cut off, and refuses any other damage by line', () => {
    const file = path.join(root, 'b.jsonl')
    writeFileSync(file, '{"type":"checkpoint","step":1}\n{"type":"step","st')
    expect(readEvents(file)).toHaveLength(1)
    appendFileSync(file, '\n{"type":"checkpoint","step":2}\n')
    expect(() => readEvents(file)).toThrow(/b\.jsonl is corrupt: line 2 is not an event.*Delete the folder/)
  })

  it('is cut back to a checkpoint, without what came later and without an end', () => {
    expect(eventsUntil(log, 2)?.map(({ type, step: at }) => `${type} ${at}`)).toEqual([
      'start 0',
      'evaluation 0',
      'step 1',
      'step 2',
      'evaluation 2',
      'checkpoint 2',
    ])
    expect(eventsUntil(log, 3)?.at(-1)).toMatchObject({ type: 'step', step: 3 })
  })

  it('does not fit a checkpoint whose batches it lacks', () => {
    expect(eventsUntil(log, 4)).toBeUndefined()
    expect(
      eventsUntil(
        log.filter((event) => !(event.type === 'step' && event.step === 1)),
        2,
      ),
    ).toBeUndefined()
  })

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full', () => {
    const file = path.join(root, 'full.jsonl')
    symlinkSync('/dev/full', file)
    expect(readEvents(file)).toEqual([])
    const writer = openEventLog(file)
    writer.append({ type: 'checkpoint', step: 1 })
    expect(() => writer.flush()).toThrow(/Cannot write .*full\.jsonl\. The disk is full\..*finished cells are kept/)
  })
})

describe('run folder', () => {
  const { manifest } = syntheticRun([{ name: 'default', final: 0.1, tau: 9 }], [0])

  it('refuses a folder with other things in it, and changes nothing', () => {
    const folder = fresh()
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'thesis.txt'), 'x')
    expect(() => runFolder(folder)).toThrow(/is not a run folder.*nothing was changed/)
  })

  it('refuses damaged files by name and says what to do', async () => {
    const folder = fresh()
    const run = runFolder(folder)
    await run.writeManifest(manifest)
    const cell = manifest.cells[0] as (typeof manifest.cells)[number]
    await run.prepare(cell)
    expect(existingRun(folder).manifest).toEqual(manifest)
    const files = run.files(cell.id)
    const refuses = (file: string, text: string, read: () => unknown, message: RegExp): void => {
      writeFileSync(file, text)
      expect(read).toThrow(message)
    }
    refuses(
      files.result,
      '{"schema":',
      () => run.result(cell.id),
      /result\.json is corrupt: it is not JSON\. Delete the folder/,
    )
    refuses(files.result, '{"schema":"x"}', () => run.result(cell.id), /its schema is not/)
    refuses(
      files.result,
      JSON.stringify({ schema: resultSchema, status: 'done' }),
      () => run.result(cell.id),
      /it has no summary/,
    )
    refuses(
      files.spec,
      JSON.stringify({ ...cell.spec, steps: 7 }),
      () => run.spec(cell.id),
      /spec\.json is corrupt: it is not the spec/,
    )
    const file = path.join(folder, 'manifest.json')
    refuses(
      file,
      readFileSync(file, 'utf8').replace('"steps": 200', '"steps": 300'),
      () => existingRun(folder),
      /is not the hash of its spec/,
    )
    refuses(
      file,
      'nonsense',
      () => existingRun(folder),
      /manifest\.json is corrupt: it is not JSON\. Move the run folder away/,
    )
  })

  it('says where no run is', () => {
    expect(() => existingRun(path.join(root, 'nowhere'))).toThrow(/There is no run folder/)
  })

  it('says when it cannot be written', async () => {
    const file = path.join(root, 'file')
    writeFileSync(file, '')
    const run = runFolder(path.join(file, 'run'))
    await expect(run.writeManifest(manifest)).rejects.toThrow(
      /Cannot write .*manifest\.json: a part of its path is a file/,
    )
  })
})

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
