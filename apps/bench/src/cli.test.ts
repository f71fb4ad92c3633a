import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CellSummary } from './analysis/cell-summary.ts'
import { packageFolder } from './entry-files.ts'
import { existingRun } from './matrix/run-folder.ts'

// The built command, as a person runs it; `npm test` builds first.
const cli = path.join(packageFolder, 'dist/cli.js')
const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'eos-cli-')))

beforeAll(() => {
  if (!existsSync(cli)) throw new Error(`${cli} is missing: run \`npm run build\` first.`)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const environment = { ...process.env, NO_COLOR: '1', EOS_DATA: path.join(root, 'no-data') }

function eos(...argv: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...argv], {
    cwd: root,
    env: environment,
    encoding: 'utf8',
  })
  return { code: status, out: stdout, err: stderr }
}

/** The command in a process group of its own, so that it and its cells can be stopped together. */
const eosBehind = (...argv: readonly string[]): ChildProcess =>
  spawn(process.execPath, [cli, ...argv], { cwd: root, env: environment, stdio: 'ignore', detached: true })

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.on('close', resolve))

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 30_000) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Whether a file is there and has content. */
const readSome = (file: string): boolean => existsSync(file) && readFileSync(file).length > 0

const small = ['matrix', '--workload', 'digits/mlp', '--rows', 'default', '--seeds', '1', '--jobs', '1'] as const

describe('a wrong call', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no command', [], /Say which command to run/],
    ['an unknown command', ['fly'], /Unknown command "fly"\. Known: demo, train, tune, matrix, report, data, doctor/],
    ['an unknown option', [...small, '--fast'], /Unknown option --fast/],
    ['an option without its value', ['matrix', '--workload', 'digits/mlp', '--rows'], /Option --rows needs a value/],
    ['no workload', ['matrix'], /Missing required argument: --workload/],
    [
      'an unknown workload',
      ['matrix', '--workload', 'mnist/vit'],
      /There is no workload "mnist\/vit"\. There are: diabetes\/mlp, digits\/mlp/,
    ],
    [
      'an unknown row',
      ['matrix', '--workload', 'digits/mlp', '--rows', 'default,lion'],
      /Unknown row "lion"\. Known: default, fixed-rate/,
    ],
    ['a wrong number', [...small, '--steps', '0'], /--steps must be a whole number of at least 1, got "0"/],
    ['wrong seeds', ['matrix', '--workload', 'digits/mlp', '--seeds', '1,1'], /names a seed twice/],
    [
      'a wrong rate',
      ['tune', '--workload', 'digits/mlp', '--algorithm', 'adam', '--rates', '0.1,-1'],
      /--rates must be a positive number, got "-1"/,
    ],
    [
      'a wrong algorithm',
      ['tune', '--workload', 'digits/mlp', '--algorithm', 'lion'],
      /Invalid value for argument: --algorithm \(lion\)/,
    ],
    [
      'an unknown plugin',
      [...small, '--curvature', 'hutchinson'],
      /Unknown curvature plugin "hutchinson"\. Known: powerIteration, lanczos, realisedEdge, secant\. Or the name of a package/,
    ],
    ['an unknown data set', ['data', 'fetch', 'imagenet'], /Unknown data set "imagenet"\. Known: fashion-mnist/],
  ]
  it.each(cases)('%s: one clear error, exit code 2', (_, argv, message) => {
    const { code, out, err } = eos(...argv)
    expect(err).toMatch(message)
    expect(err.trim().split('\n').at(-1)).toMatch(/^\[eos\] /)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(readdirSync(root)).not.toContain('runs')
  })
})

describe('bad input', () => {
  const fails = (argv: readonly string[], message: RegExp): void => {
    const { code, out, err } = eos(...argv)
    expect(err).toMatch(message)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect({ code, out }).toEqual({ code: 1, out: '' })
  }

  it('a data set that is not there: says how to fetch it', () => {
    fails(['matrix', '--workload', 'fashion-mnist/mlp'], /Fashion-MNIST.*eos data fetch fashion-mnist/)
  })

  it('a folder with other things in it, or none', () => {
    mkdirSync(path.join(root, 'mine'))
    writeFileSync(path.join(root, 'mine', 'thesis.txt'), 'x')
    fails([...small, '--out', 'mine'], /mine is not a run folder/)
    fails(['report', 'mine'], /mine is not a run folder/)
    fails(['report', 'nothing'], /There is no run folder/)
    expect(readdirSync(path.join(root, 'mine'))).toEqual(['thesis.txt'])
  })

  it('a folder that cannot be made', () => {
    writeFileSync(path.join(root, 'file'), '')
    fails([...small, '--out', 'file/run'], /Cannot write .*file\/run.*is a file/)
  })

  it('a plugin that is none', () => {
    writeFileSync(path.join(root, 'empty.mjs'), 'export const answer = 42')
    fails(
      [...small, '--noise', './empty.mjs'],
      /empty\.mjs exports no noise plugin: nothing in it has the method update/,
    )
  })
})

describe('output', () => {
  it('help and version go to standard output, without colour', () => {
    expect(eos('--version').out).toMatch(/^\d+\.\d+\.\d+\n$/)
    const { code, out } = eos('matrix', '--help')
    expect(code).toBe(0)
    expect(out).toContain('--workload=<NAME>')
    expect(out).not.toContain('\u001b')
  })

  it('a dry run lists the cells with the expected time and makes nothing', () => {
    const dry = ['matrix', '--workload', 'digits/mlp', '--dry-run'] as const
    const { code, out } = eos(...dry)
    expect(code).toBe(0)
    const cells = out.split('\n').filter((line) => /^[0-9a-f]{16} {2}digits\/mlp/.test(line))
    expect(cells).toHaveLength(42)
    expect(cells.every((line) => /about \d+\.\d s {2}steps /.test(line))).toBe(true)
    expect(out.replaceAll('\n', ' ')).toMatch(
      /42 cells, 2 at a time.*Expected time \d+:\d\d\. All rows: steps of Adam .* ms/,
    )
    const again = JSON.parse(eos(...dry, '--json').out)
    expect(again.cells.map(({ id }: { id: string }) => id)).toEqual(cells.map((line) => line.slice(0, 16)))
    expect(again.seconds).toBeGreaterThan(1)
    expect(existsSync(path.join(root, 'runs'))).toBe(false)
  })

  it('the doctor says in words what it found', () => {
    const { code, out } = eos('doctor')
    expect(code).toBe(0)
    expect(out).toMatch(/ok +engine.*\n.*\nEverything that training needs is here\.\n$/)
    expect(JSON.parse(eos('doctor', '--json').out).engine).toBe('ffi')
  })
})

describe('a run', () => {
  const steps = ['--steps', '240'] as const
  const cellFolder = (folder: string): string =>
    path.join(root, folder, 'cells', readdirSync(path.join(root, folder, 'cells'))[0] as string)
  const lossesOf = (folder: string): readonly unknown[] =>
    readFileSync(path.join(cellFolder(folder), 'events.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === 'step' || type === 'evaluation' || type === 'measurement')
      .map(({ seconds, ...event }) => event)
  const summaryOf = (folder: string): Partial<CellSummary> => {
    const { run, manifest } = existingRun(path.join(root, folder))
    const result = run.result(manifest.cells[0]?.id as string)
    if (result?.status !== 'done') throw new Error('not done')
    const { seconds, measuringShare, ...rest } = result.summary
    return rest
  }

  it.skipIf(process.platform === 'win32')('killed with -9 in the middle goes on to the very same result', async () => {
    const whole = eos(...small, ...steps, '--out', 'whole')
    expect(whole.code).toBe(0)
    expect(whole.out).toContain('EoS-SGD')
    expect(whole.out).toMatch(/Report: whole\/report\.html\n$/)

    const child = eosBehind(...small, ...steps, '--out', 'killed')
    await until(
      () =>
        existsSync(path.join(root, 'killed', 'cells')) &&
        existsSync(path.join(cellFolder('killed'), 'checkpoint', 'manifest.json')),
    )
    process.kill(-(child.pid as number), 'SIGKILL')
    await ended(child)
    expect(existsSync(path.join(cellFolder('killed'), 'result.json'))).toBe(false)
    // What a power cut may leave: the line that was being written.
    const log = path.join(cellFolder('killed'), 'events.jsonl')
    writeFileSync(log, `${readFileSync(log, 'utf8')}{"type":"st`)

    const again = eos(...small, ...steps, '--out', 'killed')
    expect(again.code).toBe(0)
    expect(readFileSync(log, 'utf8')).toContain('"resumed":true')
    expect(lossesOf('killed')).toEqual(lossesOf('whole'))
    expect(summaryOf('killed')).toEqual(summaryOf('whole'))
  })

  it('that is finished is not run again, and its report can be made again', () => {
    const before = readFileSync(path.join(cellFolder('whole'), 'result.json'), 'utf8')
    const { code, err } = eos(...small, ...steps, '--out', 'whole')
    expect(code).toBe(0)
    expect(err).toContain('1 of 1 cells are finished already')
    expect(readFileSync(path.join(cellFolder('whole'), 'result.json'), 'utf8')).toBe(before)
    rmSync(path.join(root, 'whole', 'report.html'))
    const report = eos('report', 'whole', '--json')
    expect(report.code).toBe(0)
    expect(JSON.parse(report.out)).toMatchObject({
      schema: 'eos-sgd/report@1',
      rows: [{ name: 'default', reached: 0 }],
    })
    expect(existsSync(path.join(root, 'whole', 'report.html'))).toBe(true)
  })

  it('with a damaged event log or result is refused by file, and nothing is lost', () => {
    const log = path.join(cellFolder('whole'), 'events.jsonl')
    const good = readFileSync(log, 'utf8')
    writeFileSync(log, good.replace('\n{', '\nnonsense{'))
    expect(eos('report', 'whole')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/events\.jsonl is corrupt: line 2 is not an event\. Delete the folder/),
    })
    writeFileSync(log, good)
    expect(eos('report', 'whole').code).toBe(0)
  })

  it.skipIf(process.platform === 'win32')(
    'interrupted by Ctrl-C stops its cells, says 130 and goes on later',
    async () => {
      const child = eosBehind(...small, '--steps', '4000', '--out', 'stopped')
      await until(
        () =>
          existsSync(path.join(root, 'stopped', 'cells')) && readSome(path.join(cellFolder('stopped'), 'events.jsonl')),
      )
      const over = ended(child)
      process.kill(-(child.pid as number), 'SIGINT')
      expect(await over).toBe(130)
      expect(() => process.kill(-(child.pid as number), 0)).toThrow(/ESRCH/)
      expect(existsSync(path.join(cellFolder('stopped'), 'result.json'))).toBe(false)
      expect(existsSync(path.join(cellFolder('stopped'), 'checkpoint', 'manifest.json'))).toBe(true)
    },
  )

  it('whose cell crashes reports it with its last words, goes on with the others, and ends with 1', () => {
    writeFileSync(
      path.join(root, 'crash.mjs'),
      `export default { name: 'crash', weight(n) { if (n > 20) { console.error('last words'); process.kill(process.pid, 'SIGKILL') } return 1 } }`,
    )
    const { code, out, err } = eos(...small, '--steps', '60', '--readout', './crash.mjs', '--out', 'crashed')
    expect(code).toBe(1)
    expect(err).toContain('crash.mjs seed 0 failed: The process was ended by SIGKILL')
    expect(out).toContain('EoS-SGD')
    const { run, manifest } = existingRun(path.join(root, 'crashed'))
    expect(manifest.cells.map(({ id }) => run.result(id)?.status)).toEqual(['done', 'failed'])
    expect(run.result(manifest.cells[1]?.id as string)).toMatchObject({ stderr: 'last words\n' })
  })

  it.skipIf(!existsSync('/dev/full'))('on a full disk ends with one clear error', () => {
    const argv = [...small, '--steps', '60', '--out', 'full'] as const
    const id = eos(...argv, '--dry-run').out.slice(0, 16)
    mkdirSync(path.join(root, 'full', 'cells', id), { recursive: true })
    writeFileSync(path.join(root, 'full', 'manifest.json'), readFileSync(path.join(root, 'whole', 'manifest.json')))
    symlinkSync('/dev/full', path.join(root, 'full', 'cells', id, 'events.jsonl'))
    const { code, err } = eos(...argv)
    expect(code).toBe(1)
    expect(err).toMatch(
      /\[eos\] Cannot write .*events\.jsonl\. The disk is full\. Free some space, then run the same command again: finished cells are kept\./,
    )
  })

  it('takes plugins by package name', () => {
    const folder = path.join(root, 'node_modules', '@stranger', 'readout')
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      path.join(folder, 'package.json'),
      JSON.stringify({ name: '@stranger/readout', version: '1.0.0', type: 'module', exports: { import: './main.js' } }),
    )
    writeFileSync(
      path.join(folder, 'main.js'),
      `export const halves = () => ({ name: 'halves', weight: (n) => (n === 1 ? 1 : 0.5) })`,
    )
    const { code, out } = eos('train', '--workload', 'digits/mlp', '--steps', '40', '--json', '--row', 'default')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ row: 'default', status: 'done' })
    const plugin = eos(...small, '--steps', '40', '--readout', '@stranger/readout', '--out', 'plugin', '--json')
    expect(plugin.code).toBe(0)
    expect(JSON.parse(plugin.out).rows).toMatchObject([
      { name: 'default' },
      { name: 'readout', algorithm: expect.stringContaining('halves') },
    ])
  })
})
