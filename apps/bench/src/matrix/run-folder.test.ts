import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { syntheticRun } from '../fixtures/synthetic.fixture.ts'
import { lockFolder } from './lock.ts'
import { existingRun, resultSchema, runFolder } from './run-folder.ts'

const root = mkdtempSync(path.join(tmpdir(), 'eos-bench-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const fresh = (): string => path.join(root, `run-${folders++}`)

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

describe('lock', () => {
  it('keeps a run folder to one process, and is given back', () => {
    const folder = fresh()
    const unlock = lockFolder(folder)
    expect(() => lockFolder(folder)).toThrow(new RegExp(`Process ${process.pid} is running the cells of .*--out`))
    unlock()
    lockFolder(folder)()
  })

  it('is taken over from a process that is gone, and from a file that was cut off', () => {
    const folder = fresh()
    mkdirSync(folder)
    for (const left of ['999999999', '', 'x']) {
      writeFileSync(path.join(folder, 'lock'), left)
      lockFolder(folder)()
    }
    // Killed between the lock and the manifest: still a run folder.
    writeFileSync(path.join(folder, 'lock'), '999999999')
    expect(() => runFolder(folder)).not.toThrow()
  })
})
