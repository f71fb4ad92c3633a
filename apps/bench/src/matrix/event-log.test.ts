import { appendFileSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { LoggedEvent } from '../analysis/series.ts'
import { eventsUntil, openEventLog, readEvents } from './event-log.ts'

const root = mkdtempSync(path.join(tmpdir(), 'eos-bench-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

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
